"""What the browser side took from others is exactly what vendor.lock.json says, and nothing points elsewhere."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src" / "photoarchive" / "web" / "static"
IMPORT = re.compile(r"""^\s*(?:import|export)\s(?:[^'"\n]*\sfrom\s)?['"]([^'".][^'"]*)['"]""", re.MULTILINE)
ICON = re.compile(r"\b(?:icon(?:Element)?\(|icon: )'([a-z0-9-]+)'")


def check(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / "scripts" / "vendor"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_vendored_files_have_the_locked_hashes():
    done = check(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_notices_a_changed_and_a_foreign_file(tmp_path):
    """The check works on a copy of the tree in which one file was edited and one was added."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copytree(STATIC, tmp_path / STATIC.relative_to(ROOT))
    shutil.copy(ROOT / "vendor.lock.json", tmp_path)
    static = tmp_path / STATIC.relative_to(ROOT)
    with (static / "vendor" / "lit-html" / "lit-html.js").open("a") as file:
        file.write("//")
    (static / "vendor" / "planted.js").write_text("")
    done = check(tmp_path)
    assert done.returncode == 1
    assert "lit-html.js differs" in done.stdout
    assert "planted.js is not listed" in done.stdout


def test_the_lock_names_packages_and_no_addresses():
    lock = json.loads((ROOT / "vendor.lock.json").read_text("utf-8"))
    assert {package["name"] for package in lock["packages"]} >= {"lit-html", "@preact/signals-core"}
    assert "://" not in (ROOT / "vendor.lock.json").read_text("utf-8")
    assert not (ROOT / "package-lock.json").exists()


def test_every_import_of_the_browser_side_leads_to_a_file():
    imports = json.loads((STATIC / "data" / "importmap.json").read_text("utf-8"))["imports"]
    missing = []
    for module in (STATIC / "js").rglob("*.js"):
        for wanted in IMPORT.findall(module.read_text("utf-8")):
            folder = next((name for name in imports if name.endswith("/") and wanted.startswith(name)), None)
            target = imports.get(wanted) or (imports[folder] + wanted.removeprefix(folder) if folder else None)
            if target is None or not (STATIC / target).is_file():
                missing.append((str(module.relative_to(STATIC)), wanted))
    assert missing == []


def test_every_icon_that_is_used_is_in_the_sprite():
    sprite = ElementTree.parse(STATIC / "icons.svg").getroot()
    symbols = {symbol.attrib["id"] for symbol in sprite if "id" in symbol.attrib}
    used = {}
    for module in (STATIC / "js").rglob("*.js"):
        for name in ICON.findall(module.read_text("utf-8")):
            used.setdefault(name, module.name)
    assert {name: where for name, where in used.items() if name not in symbols} == {}
