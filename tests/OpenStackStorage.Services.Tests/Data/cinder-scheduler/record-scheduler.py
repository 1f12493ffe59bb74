"""Records what Cinder's scheduler answers: python3 record-scheduler.py <source tree> <output folder>.

The source tree holds cinder/scheduler and oslo_utils as their repositories have them. Only the modules that decide are
loaded; configuration, logging and the database are stood in for. Needs pyparsing.
"""
import importlib
import json
import os
import random
import sys
import types

SOURCE, TARGET = sys.argv[1:3]
sys.path.insert(0, SOURCE)


def module(name, **members):
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made
    return made


class Conf:
    def register_opts(self, options):
        for name, default in options:
            setattr(self, name, default)


class Log:
    def __getattr__(self, name):
        return lambda *args, **keywords: None


def option(name, default=None, help=None):
    return name, default


class EvaluatorParseException(Exception):
    pass


CONF = Conf()
cfg = module('oslo_config.cfg', CONF=CONF, FloatOpt=option)
module('oslo_config', cfg=cfg)
module('oslo_log', log=module('oslo_log.log', getLogger=lambda name: Log()))
module('oslo_i18n', TranslatorFactory=lambda domain: types.SimpleNamespace(primary=str))
module('oslo_serialization', jsonutils=module('oslo_serialization.jsonutils', loads=json.loads))
module('stevedore', extension=module('stevedore.extension'))
module('cinder').__path__ = [SOURCE + '/cinder']
sys.modules['cinder'].exception = module('cinder.exception', EvaluatorParseException=EvaluatorParseException)
module('cinder.i18n', _=str)
module('cinder.objects.fields', VolumeAttachStatus=types.SimpleNamespace(DETACHED='detached'))
module('cinder.objects', fields=sys.modules['cinder.objects.fields'])
module('cinder.db', api=module('cinder.db.api', volume_data_get_for_host=lambda context, host, count_only: COUNTS[host]))
COUNTS = {}


def scheduler(name):
    return importlib.import_module('cinder.scheduler.' + name)


evaluator = scheduler('evaluator.evaluator')
extra_specs_ops = scheduler('filters.extra_specs_ops')
capacity_filter = scheduler('filters.capacity_filter').CapacityFilter()
capabilities_filter = scheduler('filters.capabilities_filter').CapabilitiesFilter()
driver_filter = scheduler('filters.driver_filter').DriverFilter()
json_filter = scheduler('filters.json_filter').JsonFilter()
sched_utils = scheduler('sched_utils')
base_weight = scheduler('base_weight')
WEIGHERS = {
    'CapacityWeigher': scheduler('weights.capacity').CapacityWeigher,
    'AllocatedCapacityWeigher': scheduler('weights.capacity').AllocatedCapacityWeigher,
    'VolumeNumberWeigher': scheduler('weights.volume_number').VolumeNumberWeigher,
    'GoodnessWeigher': scheduler('weights.goodness').GoodnessWeigher,
}


def outcome(ask):
    try:
        result = ask()
    except RecursionError:
        raise
    except Exception as error:
        return {'error': type(error).__name__}
    return described(result)


def described(result):
    value = [described(one) for one in result] if isinstance(result, list) else result if isinstance(result, str) else repr(result)
    return {'type': type(result).__name__, 'value': value}


def write(name, cases):
    with open(os.path.join(TARGET, name), 'w') as file:
        for case in cases:
            file.write(json.dumps(case) + '\n')


# --- evaluator

VARIABLES = {
    'stats': {'size': 10, 'free': 407.9, 'name': 'fast', 'number': ' 42 ', 'ratio': '0.65', 'none': None, 'yes': True, 'empty': '',
              'inf': float('inf')},
    'volume': {'size': 4, 'name': "it's", 'zero': 0},
    'qos': {'max_iops': '1_000', 'list': [1, 2]},
    'extra': None,
}
WRITTEN = [
    '11+12', '872 - 453 + 44 / 22 * 4 + 66', '10/4+0.75    + 2', '5+-2', '-2 ^ 3', '4 ^ 1.5', '2^3^2', '2^-1', '2^(-1)', '(-8)^0.5',
    'abs(-5)', 'abs -5', 'abs 5', 'abs abs 5', 'max(1,2,3)', 'max((1,2),3)', 'min(1)', 'max 1,2', 'abs(1,2)', 'sqrt(4)', 'Abs(1)',
    '1 < 2 < 3', '1 < 3 < 2', '1 <> 2', '(1 == 1) == !(1 == 2)', '!0', 'not 1', 'not not 1', '! ! 1', 'not (1 > 2)', '5 > not 3',
    '1 + not 5', '1 and 1 and 0', '(1 and 1) and 0', '1 or 0 or 0', '0 or 0 or 1', '1 AND 0', '1 And 0', '1 && 0 || 1', '1 == 1 and not 2 == 2',
    '1 ? 2 : 3', '0 ? 2 : 1 ? 4 : 5', '1 ? 2', '(0 ? 2 : (1 ? 4 : 5))', '"a" == "a"', "'a' == \"a\"", '"a', '"a""b"', '"it\'s"', "'5' == 5",
    '"5" + 1', '"a" + "b"', '"ab" * 3', '"ab" * 1.0', '"a" < "b"', '"a" < 1', '"a" != 1', '10 / "5"', '10 / "x"', '7 / 0', '7 / 0.0', '0 ^ (-1)',
    'stats.size', 'stats.free', 'stats.number + 1', 'stats.ratio', 'stats.none', 'stats.yes + 1', 'stats.missing', 'nowhere.x', 'extra.x',
    'qos.max_iops', 'qos.list', 'stats.inf', 'stats.empty', 'stats.empty ? 1 : 2', 'volume.name', 'volume.zero ? 1 : 2', 'stats.size2',
    'stats.size and volume.size', '(stats.size) and volume.size', 'stats.name == fast', 'stats.name == "fast"', 'stats.size.x', 'stats', 'fast',
    'true', 'inf', 'nan == nan', 'infinity > 1', '-inf', '.5', '5.', '1.5.2', '1e5', '5abc', '1 android', '0 orx', 'notx', 'nothing', '007', '1_000',
    '', ' ', '1/*1', '()', '(1', '1)', '1,2', '1,2 == 1', '(1,2) == (1,2)', '(1,2) < (1,3)', '+5', '--5', '- - 5', '+"a"', '-"a"', '-(1==1)',
    '(1==1)+1', '1=1', '1 = = 1', '1 ! = 2', '2 ** 3', '5 % 2', '5 // 2', '1;2', '1\n+\t2', '9007199254740993 == 9007199254740992.0',
    '9007199254740993 > 9007199254740992.0', '99999999999999999999 + 1', '10^30', '10.5^400', '10^400 / 1', '10^400 + 0.5', '1/3', '0.1+0.2', '2^0.5', '1 > 2 ? 3 : 4',
    '(stats.size > volume.size) and (stats.free > 100)', '(stats.size - volume.size) * 100 / stats.size', 'max(stats.size, volume.size) >= 10',
    '1 != 1 != 0', '1 < "a"', '(1==1)==1', '"" ? 1 : 2', '"\'" ? 1 : 2', '!"a"', 'abs("a")', 'max("a", "b")', 'max(1, "a")', 'max(1, 1.0)', 'max(1.0, 1)',
    'min((1==1), 1)', '3 > 2 > 1 == 1', '1?2:3,4', '1,2?3:4', 'a b', 'abs', 'abs()', 'max(1,)', '1 2', '"a" "b"', '2 ^ 3 * 2', '2 * 3 ^ 2', '-2 * -3', '!1 + 1', '!(1) + 1',
    '+(5,1)', '-(5,1)', '(1,2)*2', '2*(1,2)', '(1,2)+(3,4)', '(1,2)+"ab"', '"a"+(1,2)', '(1,2)-1', '(1,2)*1.5', '(1,2)/2', 'max("abc")', 'min("abc")',
    'max("")', 'max(-(1,2))', 'max(1, -(1,2))', 'max("ab", -(1,2))', 'abs(1, -(1,2))', '"a" * "b"', '0 * "a"', '2 * "ab"', '(1==1) * "ab"',
]
ATOMS = ['0', '1', '2', '7', '10', '100', '0.5', '2.0', '3.25', '5', '3', '"fast"', 'stats.size', 'stats.free', 'stats.name', 'stats.ratio', 'volume.size',
         'volume.zero', 'qos.max_iops', 'stats.number', 'stats.size', 'volume.size']
BINARY = ['+', '-', '*', '/', '+', '-', '*', '<', '<=', '>', '>=', '==', '!=', '<>', 'and', 'or', '&&', '||', 'AND', 'OR', '^', ',']
TOKENS = ATOMS + BINARY + ['(', ')', '?', ':', '!', 'not', 'NOT', 'abs', 'max', 'min', ' ', '-', '"', '.']


def expression(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.15:
        return rng.choice(ATOMS)
    if kind < 0.55:
        return f'{expression(rng, depth - 1)} {rng.choice(BINARY)} {expression(rng, depth - 1)}'
    if kind < 0.7:
        return f'({expression(rng, depth - 1)})'
    if kind < 0.8:
        return f'{rng.choice(["abs", "max", "min", "max"])}({expression(rng, depth - 1)}, {expression(rng, depth - 1)})'
    if kind < 0.9:
        return f'{rng.choice(["-", "!", "not ", "+", "abs "])}{expression(rng, depth - 1)}'
    return f'{expression(rng, depth - 1)} ? {expression(rng, depth - 1)} : {expression(rng, depth - 1)}'


def evaluations():
    rng = random.Random(1)
    yield {'variables': {name: {k: str(v) if v == float('inf') else v for k, v in (scope or {}).items()} for name, scope in VARIABLES.items()}}
    texts = list(WRITTEN)
    while len(texts) < len(WRITTEN) + 500:
        text = expression(rng, rng.randint(1, 4))
        if '^' in text and len(text) > 40:
            continue
        if rng.random() < 0.2:
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice(TOKENS) + text[at + rng.randrange(2):]
        texts.append(text)
    for text in texts:
        yield {'expression': text, **outcome(lambda: evaluator.evaluate(text, **VARIABLES))}


# --- extra specs

VALUES = [None, True, False, 0, 1, 5, 10, 2.5, 'True', 'true', 'yes', 'off', '1', '5', '10', '10.0', '1_0', ' 7 ', 'abc', 'ab c', '', 'opt1', 'opt2', 'x86_64', 'inf', 'nan', '1e3',
          {'a': 1}]
OPERATORS = ['=', '==', '!=', '>=', '<=', 's==', 's!=', 's<', 's<=', 's>', 's>=', '<in>', '<is>', '<or>', '<all-in>', '<any-in>', '>', '<']
WORDS = ['True', 'true', 'yes', 'no', '0', '1', '5', '10', '10.0', '2.5', 'abc', 'opt1', 'opt2', 'a', '1_0', 'inf', 'nan', '1e3', '-3', 'x86']


def requirement(rng):
    kind = rng.random()
    if kind < 0.15:
        return rng.choice(WORDS + ['', ' ', ' abc', 'ab c', '5 ', '<or>', '=', '<in>'])
    if kind < 0.4:
        return ' '.join(f'<or> {rng.choice(WORDS)}' for _ in range(rng.randint(1, 4))) + rng.choice(['', ' <or>', ''])
    text = f'{rng.choice(OPERATORS)} {rng.choice(WORDS)}' + rng.choice(['', '', ' more'])
    return text.replace(' ', '') if rng.random() < 0.1 else text


def matches():
    rng = random.Random(2)
    for _ in range(600):
        value, text = rng.choice(VALUES), requirement(rng)
        yield {'reported': value, 'requirement': text, **outcome(lambda: extra_specs_ops.match(value, text))}


def capabilities():
    rng = random.Random(3)
    keys = ['a', 'b', 'capabilities:a', 'capabilities:b', 'capabilities:n:a', 'capabilities:n:b', 'n', 'vendor:a', 'capabilities', 'capabilities:', 'a:b', 'RESKEY:availability_zones', ':a']
    for _ in range(400):
        reported = {}
        for name in ['a', 'b', 'n', '']:
            if rng.random() < 0.8:
                plain = [rng.choice(VALUES[:-1]) for _ in range(3)]
                reported[name] = rng.choice([plain[0], plain[0], plain, {'a': plain[1], 'b': plain[2]} if name == 'n' else plain[1]])
        if rng.random() < 0.3:
            reported['online_extend_support'] = rng.choice([True, False, 'False'])
        specs = {rng.choice(keys): requirement(rng) if rng.random() < 0.6 else str(rng.choice(VALUES[:-1])) for _ in range(rng.choice([0, 1, 1, 1, 2]))}
        operation, attached = rng.choice(['create_volume', 'extend_volume']), rng.choice(['attached', 'detached'])
        state = types.SimpleNamespace(capabilities=reported)
        asked = {'resource_type': {'extra_specs': specs}, 'request_spec': {'operation': operation, 'volume_properties': {'attach_status': attached}}}
        yield {'capabilities': reported, 'specs': specs, 'operation': operation, 'attached': attached == 'attached',
               **outcome(lambda: capabilities_filter.backend_passes(state, asked))}


# --- capacity, weights

def number(rng, high):
    return rng.choice([rng.randrange(high + 1), round(rng.uniform(0, high), 2), rng.uniform(0, high), rng.randrange(high + 1)])


def pool(rng, name):
    total = rng.choice(['infinite', 'unknown', 0, -1]) if rng.random() < 0.12 else number(rng, 1000)
    free = rng.choice(['infinite', 'unknown', None]) if rng.random() < 0.12 else number(rng, 1000 if isinstance(total, str) else max(1, int(total)))
    reported = {'pool_name': name, 'total_capacity_gb': total, 'free_capacity_gb': free, 'allocated_capacity_gb': rng.randrange(500),
                'reserved_percentage': rng.choice([0, 0, 5, 10, 33, 100]), 'thin_provisioning_support': rng.random() < 0.5,
                'thick_provisioning_support': rng.random() < 0.5}
    if rng.random() < 0.8:
        reported['provisioned_capacity_gb'] = rng.choice([0, number(rng, 400), number(rng, 3000)])
    if rng.random() < 0.8:
        reported['max_over_subscription_ratio'] = rng.choice(['auto', '20.0', 1.0, 2, '1.5', 0.5, 10, None])
    return reported


def state(reported):
    provisioned = reported.get('provisioned_capacity_gb', reported['allocated_capacity_gb'])
    ratio = sched_utils.calculate_max_over_subscription_ratio(reported, 20.0)
    name = 'host@backend#' + reported['pool_name']
    return types.SimpleNamespace(**{
        'cluster_name': None, 'volume_backend_name': 'backend', 'vendor_name': 'vendor', 'driver_version': '1.0', 'storage_protocol': ['iSCSI', 'iscsi'],
        'QoS_support': False, 'updated': None, **reported, 'provisioned_capacity_gb': provisioned, 'max_over_subscription_ratio': ratio, 'host': name,
        'backend_id': name, 'service': {'availability_zone': 'nova'}, 'capabilities': {**reported, 'storage_protocol': ['iSCSI', 'iscsi'], 'volume_backend_name': 'backend'}})


def capacities():
    rng = random.Random(4)
    for _ in range(500):
        reported, size = pool(rng, 'p'), rng.choice([0, 1, 5, 20, 100, 500, 2000])
        new_size = size + rng.choice([1, 50, 900]) if rng.random() < 0.2 else None
        specs = rng.choice([{}, {}, {'provisioning:type': 'thick'}, {'provisioning:type': 'thin'}])
        exists = rng.random() < 0.05
        try:
            held = state(reported)
        except (TypeError, ZeroDivisionError):
            continue
        asked = {'size': size, 'new_size': new_size, 'volume_type': {'extra_specs': specs}, 'vol_exists_on': held.backend_id if exists else None}
        try:
            virtual = sched_utils.calculate_virtual_free_capacity(
                held.total_capacity_gb, held.free_capacity_gb, held.provisioned_capacity_gb, held.thin_provisioning_support, held.max_over_subscription_ratio,
                held.reserved_percentage, specs.get('provisioning:type') != 'thick')
        except (TypeError, ValueError):
            virtual = None
        yield {'pool': reported, 'size': size, 'new_size': new_size, 'specs': specs, 'exists': exists, 'ratio': held.max_over_subscription_ratio,
               'virtual_free': virtual, **outcome(lambda: capacity_filter.backend_passes(held, asked))}


FUNCTIONS = [None, '100', 'capabilities.free_capacity_gb / 10', '(stats.free_capacity_gb > 100) ? 80 : 20', 'stats.total_capacity_gb > 500', 'volume.size * 5',
             'stats.storage_protocol == "iscsi" ? 90 : 10', 'capabilities.missing', '101', '-1', '1/0', '50.5', 'extra.weight + 1', 'qos.max_iops / 100', '"a" == "a"',
             'stats.allocated_capacity_gb']


def functions(rng, reported, name):
    if rng.random() < 0.8:
        reported[name] = rng.choice(FUNCTIONS)


def drivers():
    rng = random.Random(5)
    made = 0
    while made < 200:
        reported, size = pool(rng, 'p'), rng.choice([1, 5, 20])
        functions(rng, reported, 'filter_function')
        try:
            held = state(reported)
        except (TypeError, ZeroDivisionError):
            continue
        made += 1
        asked = {'qos_specs': {'max_iops': '5000'}, 'volume_type': {'extra_specs': {'weight': '30'}}, 'request_spec': {'volume_properties': {'size': size}}}
        yield {'pool': reported, 'size': size, **outcome(lambda: bool(driver_filter.backend_passes(held, asked)))}


def weights():
    rng = random.Random(6)
    made = 0
    while made < 150:
        size, pools = rng.choice([1, 5, 20]), [pool(rng, f'p{i}') for i in range(rng.randint(1, 6))]
        for i, reported in enumerate(pools):
            functions(rng, reported, 'goodness_function')
            COUNTS['host@backend#' + f'p{i}'] = reported['total_volumes'] = rng.randrange(20)
        CONF.capacity_weight_multiplier = rng.choice([1.0, 1.0, -1.0, 2.5])
        CONF.allocated_capacity_weight_multiplier = rng.choice([-1.0, 1.0, -0.5])
        CONF.volume_number_multiplier = rng.choice([-1.0, 1.0, 3.0])
        used = rng.sample(sorted(WEIGHERS), rng.randint(1, 4))
        specs = rng.choice([{'weight': '30'}, {'weight': '30', 'provisioning:type': 'thick'}])
        context = types.SimpleNamespace(elevated=lambda: None)
        asked = {'context': context, 'qos_specs': {'max_iops': '5000'}, 'volume_type': {'extra_specs': specs}, 'request_spec': {'volume_properties': {'size': size}}}
        handler = base_weight.BaseWeightHandler.__new__(base_weight.BaseWeightHandler)
        try:
            held = [state(reported) for reported in pools]
            weighed = handler.get_weighed_objects([WEIGHERS[name] for name in used], held, asked)
        except (TypeError, ValueError, ZeroDivisionError):
            continue
        made += 1
        yield {'pools': pools, 'size': size, 'specs': specs, 'weighers': used, 'capacity': CONF.capacity_weight_multiplier,
               'allocated': CONF.allocated_capacity_weight_multiplier, 'volumes': CONF.volume_number_multiplier,
               'order': [[one.obj.pool_name, repr(float(one.weight))] for one in weighed]}


# --- JSON queries

TERMS = ['$free_capacity_gb', '$total_capacity_gb', '$host', '$backend_id', '$capabilities.enabled', '$capabilities.opt', '$capabilities.missing', '$service.availability_zone',
         '$nothing', '$thin_provisioning_support', '$pool_name', '$host.x', 100, 200.5, 0, True, False, None, '', 'nova', 'host@backend#p', 'p', 1, [], '$capabilities.n.x', '$']


def query(rng, depth):
    command = rng.choice(['=', '<', '>', 'in', '<=', '>=', 'not', 'or', 'and', '=', 'and', 'or'] + (['!='] if rng.random() < 0.1 else []))
    terms = []
    for _ in range(rng.choice([0, 1, 2, 2, 2, 3])):
        terms.append(query(rng, depth - 1) if depth and (command in ('not', 'or', 'and') or rng.random() < 0.1) else rng.choice(TERMS))
    return [command, *terms]


def queries():
    rng = random.Random(7)
    reported = {'pool_name': 'p', 'total_capacity_gb': 200.5, 'free_capacity_gb': 100, 'allocated_capacity_gb': 50, 'reserved_percentage': 0,
                'thin_provisioning_support': True, 'thick_provisioning_support': False, 'enabled': True, 'opt': '1', 'n': {'x': 5}}
    held = state(reported)
    held.capabilities = dict(reported)
    yield {'pool': reported}
    texts = ['', '[]', '{}', '{"a": 1}', '5', '"abc"', 'not json', '[["="], 1, 1]', '["=", 1]', '["not", true, false]', '["and", ["not", true]]', '["xor", 1]', 'null', 'true', '[null]']
    texts += [json.dumps(query(rng, 2)) for _ in range(400)]
    for text in texts:
        yield {'query': text, **outcome(lambda: json_filter.backend_passes(held, {'scheduler_hints': {'query': text}}))}


for file, cases in [('evaluator', evaluations), ('extra-specs', matches), ('capabilities', capabilities), ('capacity', capacities), ('driver-filter', drivers),
                    ('weights', weights), ('json-filter', queries)]:
    write(file + '.jsonl', cases())
