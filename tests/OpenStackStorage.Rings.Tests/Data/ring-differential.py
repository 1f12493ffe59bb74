"""Drives the installed Swift's ring builder by commands in JSON, one per line, and answers in JSON.

["new", part_power, replicas, min_part_hours, overload]
["add", {device}]          ["remove", id]         ["weight", id, weight]
["replicas", number]       ["overload", number]   ["pretend"]
["region", id, region]     ["zone", id, zone]
["power", step]            prepare, increase, cancel or finish
["rebalance", seed]        -> moved, balance, dispersion, removed, rows (hex), graph, last moves, parts, wanted, ...
["lookup", [names], [partitions]]                 -> partitions, primaries and handoffs
["report"]                 -> dispersion report and required overload
["time", part_power, [devices]]                   -> CPU seconds of two rebalances
"""
import array
import hashlib
import json
import random
import sys
import tempfile
import time

from swift.common import utils
from swift.common.ring import Ring, RingBuilder
from swift.common.ring import utils as ring_utils

utils.HASH_PATH_PREFIX = b'start'
utils.HASH_PATH_SUFFIX = b'end'

builder = None


def rows():
    digest = hashlib.md5()
    for row in builder._replica2part2dev or []:
        digest.update(array.array('H', row).tobytes())
    return digest.hexdigest()


def state():
    return {
        'rows': rows(),
        'lengths': [len(row) for row in builder._replica2part2dev or []],
        'moves': hashlib.md5(bytes(builder._last_part_moves)).hexdigest(),
        'start': builder._last_part_gather_start,
        'version': builder.version,
        'devices': [
            [dev['id'], dev['parts'], float(dev.get('parts_wanted', 0)), dev['weight']]
            for dev in builder._iter_devs()],
    }


def rebalance(seed):
    try:
        moved, balance, removed = builder.rebalance(seed=seed)
    except Exception as error:
        return {'error': '%s: %s' % (type(error).__name__, error)}
    graph = sorted(builder._dispersion_graph.items())
    return dict(state(), moved=moved, balance=balance, removed=removed,
                dispersion=builder.dispersion,
                graph=[['/'.join(map(str, tier)), counts] for tier, counts in graph])


def lookup(names, partitions):
    with tempfile.NamedTemporaryFile(suffix='.ring.gz') as ring_file:
        builder.get_ring().save(ring_file.name)
        ring = Ring(ring_file.name)
        return {
            'partitions': [ring.get_part(*name) for name in names],
            'primaries': [[node['id'] for node in ring.get_part_nodes(part)] for part in partitions],
            'handoffs': [[node['id'] for node in ring.get_more_nodes(part)] for part in partitions],
        }


def measure(part_power, devices):
    global builder
    builder = RingBuilder(part_power, 3, 1)
    for dev in devices:
        builder.add_dev(dev)
    begin = time.process_time()
    builder.rebalance(seed=1)
    first = time.process_time() - begin
    builder.pretend_min_part_hours_passed()
    for dev in devices[::20]:
        builder.set_dev_weight(dev['id'], dev['weight'] * 2)
    for dev in devices[1::50]:
        builder.remove_dev(dev['id'])
    begin = time.process_time()
    builder.rebalance(seed=2)
    return {'first': first, 'second': time.process_time() - begin, 'rows': rows()}


def run(command, *arguments):
    global builder
    if command == 'new':
        builder = RingBuilder(*arguments[:3])
        builder.set_overload(arguments[3])
    elif command == 'add':
        return builder.add_dev(arguments[0])
    elif command == 'remove':
        builder.remove_dev(arguments[0])
    elif command == 'weight':
        builder.set_dev_weight(*arguments)
    elif command == 'region':
        builder.set_dev_region(*arguments)
    elif command == 'zone':
        builder.set_dev_zone(*arguments)
    elif command == 'replicas':
        builder.set_replicas(arguments[0])
    elif command == 'overload':
        builder.set_overload(arguments[0])
    elif command == 'pretend':
        builder.pretend_min_part_hours_passed()
    elif command == 'power':
        name = arguments[0] + ('_increase' if arguments[0] in ('prepare', 'cancel', 'finish') else '')
        done = getattr(builder, name + '_partition_power')()
        return dict(state(), done=done, next=builder.next_part_power)
    elif command == 'rebalance':
        return rebalance(*arguments)
    elif command == 'lookup':
        return lookup(*arguments)
    elif command == 'report':
        report = ring_utils.dispersion_report(builder, verbose=True)
        return {'max': report['max_dispersion'], 'worst': report['worst_tier'],
                'graph': [[name, tier['max_replicas'], tier['placed_parts'], tier['dispersion']]
                          for name, tier in report['graph']],
                'overload': builder.get_required_overload()}
    elif command == 'random':
        seed, bound, count = arguments
        random.seed(seed)
        draws = [random.randint(0, bound) for _ in range(count)]
        items = list(range(count))
        random.shuffle(items)
        return [draws, items, random.getrandbits(32)]
    elif command == 'sum':
        return sum(arguments[0])
    elif command == 'version':
        return list(sys.version_info[:2])
    elif command == 'time':
        return measure(*arguments)
    return None


for line in sys.stdin:
    print(json.dumps(run(*json.loads(line))), flush=True)
