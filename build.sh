#!/usr/bin/env bash
# The repository's tasks, for machines with or without PowerShell:
#   ./build.sh            restore, build, quick start
#   ./build.sh test       all tests; the last line is the sum
#   ./build.sh test-long  the same with the tests that take long
#   ./build.sh docs       renew the generated parts of docs/ and en-US/
#   ./build.sh package    module folder and nupkg under artifacts/
#   ./build.sh bench      benchmarks against qemu-img; bench NAME runs the rows with it in their name
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
results=artifacts/test-results
benchmarks=tests/Benchmarks/OpenStackStorage.Benchmarks.csproj

say() { printf '== %s\n' "$*"; }

build() {
  say 'build'
  # Not 'dotnet build': that prints a summary whatever it is told.
  dotnet msbuild OpenStackStorage.slnx -restore -p:Configuration=Release -m -nologo -v:quiet
}

helper() { dotnet run --project src/OpenStackStorage.Help -c Release --no-build -- "$@"; }

# True when the command given is PowerShell 7.6 or later.
is_new_enough() {
  local version major minor
  version=$("$@" --version 2>/dev/null </dev/null) || return 1
  version=${version#PowerShell }
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  [[ $major =~ ^[0-9]+$ && $minor =~ ^[0-9]+$ ]] || return 1
  ((major > 7 || (major == 7 && minor >= 6)))
}

# Sets the array pwsh to the command that runs PowerShell 7.6 or later; it stays empty where none is found.
pwsh=()
find_pwsh() {
  if is_new_enough pwsh; then
    pwsh=(pwsh)
    return
  fi
  local limit=()
  if command -v timeout >/dev/null; then limit=(timeout 120); fi
  if ${limit[@]+"${limit[@]}"} dotnet tool restore >/dev/null 2>&1 </dev/null && is_new_enough dotnet tool run pwsh; then
    pwsh=(dotnet tool run pwsh --)
  fi
}

# Runs the Pester suite, for 10 minutes at most where there is a program to stop it: 124 tells that.
run_pester() {
  local limit=()
  if command -v timeout >/dev/null; then limit=(timeout --kill-after=10 600); fi
  ${limit[@]+"${limit[@]}"} "${pwsh[@]}" -NoProfile -NonInteractive -File tests/Pester/Invoke-Suite.ps1 -ResultPath "$results/pester.json" </dev/null
}

quick_start() {
  find_pwsh
  if ((${#pwsh[@]} > 0)) && [[ -f OpenStackStorage.psd1 ]]; then
    say 'quick start, in PowerShell'
    "${pwsh[@]}" -NoProfile -NonInteractive -File examples/QuickStart.ps1 </dev/null
  else
    say 'quick start, without PowerShell 7.6'
    dotnet run --project examples/QuickStart -c Release --no-build
  fi
}

# Runs every suite, whatever the ones before gave. $1: a filter for dotnet test, or nothing.
test_all() {
  local options=() status=0
  rm -rf "$results"
  mkdir -p "$results"
  if ! build; then
    echo 'failed: the build'
    echo '0 passed, 1 failed, 0 skipped'
    return 1
  fi

  say 'xUnit'
  dotnet test OpenStackStorage.slnx -c Release --no-build -v quiet --logger trx \
    ${1:+--filter "$1"} </dev/null || options+=(--failed "dotnet test ended with exit code $?")

  say 'Pester'
  find_pwsh
  if ((${#pwsh[@]} == 0)); then
    options+=(--no-pester 'PowerShell 7.6 is not installed and dotnet tool restore does not bring it')
  else
    run_pester || status=$?
    if ((status == 124)); then
      # One wait without an end was seen in many runs. It is said, and the suite gets a second try, which counts.
      say 'Pester did not end in 10 minutes; once more'
      status=0
      run_pester || status=$?
    fi
    if ((status == 3)); then
      options+=(--no-pester 'Pester is not installed and Install-PSResource does not bring it')
    elif ((status != 0)); then
      options+=(--failed "the Pester suite ended with exit code $status")
    fi
  fi

  say 'sum'
  helper summary "$results" ${options[@]+"${options[@]}"}
}

docs() {
  build
  helper update
  helper build
  helper check
}

package() {
  build
  helper package
}

bench() {
  if [[ ! -f $benchmarks ]]; then
    echo "There are no benchmarks yet: $benchmarks does not exist." >&2
    return 1
  fi
  dotnet run --project "$benchmarks" -c Release -- "$@"
}

case ${1:-build} in
  build) build && quick_start ;;
  test) test_all 'Category!=Long' ;;
  test-long) test_all '' ;;
  docs) docs ;;
  package) package ;;
  bench) bench "${@:2}" ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
