# Sourced by the other scripts: makes the Python environment in .venv and keeps it in line with pyproject.toml.
# ensure_environment        what the product needs
# ensure_environment test   the tools of the tests as well

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv="$root/.venv"
python="$venv/bin/python"
torch_for_tests=2.13.0      # the tests compute a tiny Qwen3-VL; the extra [qwen] leaves the build of torch to the machine

find_python() {
  local candidate
  for candidate in "${PHOTOARCHIVE_PYTHON:-}" python3.13 python3.12 python3.11 python3; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
    "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    command -v "$candidate"
    return 0
  done
  echo "photoArchive needs Python 3.11 or newer with its venv module (Debian: apt install python3-venv)." >&2
  return 1
}

ensure_environment() {
  local extra="${1:-}" base stamp wanted
  stamp="$venv/.photoarchive${extra:+-$extra}"
  wanted=$(cat "$root/pyproject.toml" "$root/constraints.txt" | cksum)
  if [ -x "$python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    compile_sources
    return 0
  fi
  if [ ! -x "$python" ]; then
    base=$(find_python) || return 1
    echo "Making the Python environment (about a minute, once) …"
    "$base" -m venv "$venv" || return 1
  else
    echo "Bringing the Python environment up to date …"
  fi
  "$python" -m pip install --quiet --disable-pip-version-check --constraint "$root/constraints.txt" \
    --editable "$root${extra:+[$extra]}" ${extra:+"torch==$torch_for_tests"} || return 1
  echo "$wanted" > "$stamp"
  compile_sources
}

# As pip does for an installed package: a start must not compile 300 modules where Python may not write its cache itself.
compile_sources() {
  "$python" -m compileall -q "$root/src/photoarchive" || return 1
}
