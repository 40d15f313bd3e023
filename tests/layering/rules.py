"""What the sources may include and how they are laid out; the table of docs/architecture.md in a form that runs.

`problems(files)` takes {path: text} and returns one line for each broken rule, so that the rules
themselves can be tested with small made-up trees (layering_test.py).
"""
import fnmatch
import re

# Each layer, and the layers that it may include besides itself. From the ground up.
MAY_INCLUDE = {
    "base": set(),
    "metrics": {"base"},
    "protocol": {"base"},
    "codec": {"base", "protocol"},
    "election": {"base", "protocol"},
    "state": {"base", "protocol"},
    "replication": {"base", "protocol", "election", "state"},
    "storage": {"base", "protocol", "state", "replication"},
    "transport": {"base", "protocol", "codec"},
    "client": {"base", "protocol", "codec", "transport"},
    "producer": {"base", "protocol", "client"},
    "node": {"base", "metrics", "protocol", "codec", "election", "state", "replication", "storage", "transport", "client"},
    "http": {"base", "protocol", "codec", "transport"},
}
MAY_INCLUDE["tools"] = set(MAY_INCLUDE) - {"node", "http", "producer"}
# Where a layer sees more than its row says: the wiring of HTTP, what keeps simulated clusters apart, and the simulator's
# files in memory.
EXTRA = {("src/http/*", "node/service.hpp"), ("src/node/main.cpp", "http/*"),
         ("tools/simulate/*", "node/hello_check.hpp"), ("tools/simulate/world/*", "memory_folder.hpp")}

# The core is a pure function of its inputs: no I/O, no thread, no clock, no random source of its own.
CORE = {"protocol", "election", "state", "replication"}
BANNED_IN_CORE = re.compile(
    r"(asio|spdlog|nlohmann|CLI|fmt)/|asio\.hpp$|sys/|"
    r"(thread|mutex|shared_mutex|condition_variable|atomic|future|semaphore|latch|barrier|stop_token|chrono|ctime|time\.h|"
    r"random|fstream|iostream|filesystem|cstdio|stdio\.h|unistd\.h|fcntl\.h|pthread\.h)$")

# Libraries that cost each file seconds of compiler time: only where they are needed, the heaviest never in a header.
ASIO_LAYERS = {"transport", "client", "producer", "node", "http", "tools"}
JSON_LAYERS = {"codec", "storage", "node", "client", "http", "tools"}
NEVER_IN_HEADER = re.compile(r"nlohmann/json\.hpp$|CLI/")
# The codec's own headers may hold the heavy one, since no other layer may include them.
CODEC_PRIVATE = "protocol/json*"

LINES_MAX = 600
BANNED_WORDS = {
    r"\busing namespace std;": "write std:: where it is used",
    r"#include <cassert>|(?<![_\w])assert\(": "BELLWETHER_ASSERT is on in every build",
    r"\b(TODO|FIXME|XXX)\b": "finish it, or write an issue",
    r"\b(sleep_for|usleep)\([^;]*;(?!\s*//)": "wait for a condition with a deadline, or say beside it why not",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
CODEC_FILES = ("codec*", "frame*", "json*", "*_codec*", "*_json*")


def layer_of(path):
    """src/protocol/frame.hpp -> codec; a path that includes use, protocol/frame.hpp, is understood as well."""
    parts = path.removeprefix("src/").split("/")
    if parts[0] == "protocol" and any(fnmatch.fnmatch(parts[-1], name) for name in CODEC_FILES):
        return "codec"
    return parts[0]


def is_extra(path, include):
    return any(fnmatch.fnmatch(path, who) and fnmatch.fnmatch(include, what) for who, what in EXTRA)


def is_of_same_tool(path, include, files):
    """tools/simulate/checks/history.cpp may include "world/disk.hpp": the tool's own, from its folder on."""
    return path.startswith("tools/") and "/".join(path.split("/")[:2]) + "/" + include in files


def own_include(path, layer, include, files):
    target = layer_of(include)
    if target == layer or is_extra(path, include):
        return None
    if is_of_same_tool(path, include, files):
        return None
    if target not in MAY_INCLUDE:
        return f"{path}: \"{include}\" is in no layer (write it from src/ on)"
    if fnmatch.fnmatch(include, CODEC_PRIVATE) and layer != "codec":
        return f"{path}: \"{include}\" is the codec's own"
    if target not in MAY_INCLUDE[layer]:
        return f"{path}: {layer} must not include {target} (\"{include}\")"
    return None


def library_include(path, layer, include):
    if layer in CORE and BANNED_IN_CORE.search(include):
        return f"{path}: the core must not include <{include}>"
    if path.endswith(".hpp") and NEVER_IN_HEADER.search(include) and not fnmatch.fnmatch(path, f"src/{CODEC_PRIVATE}"):
        return f"{path}: <{include}> is too heavy for a header"
    if include == "asio.hpp":
        return f"{path}: <asio.hpp> is all of Asio; include its narrow headers"
    if include.startswith("asio/") and layer not in ASIO_LAYERS:
        return f"{path}: {layer} must not include Asio"
    if include.startswith("prometheus/") and layer != "metrics":
        return f"{path}: {layer} must not include prometheus-cpp; metrics/ is for that"
    if include.startswith("nlohmann/") and layer not in JSON_LAYERS:
        return f"{path}: {layer} must not include JSON"
    return None


def include_problems(path, text, files):
    layer = layer_of(path)
    if layer not in MAY_INCLUDE:
        return [f"{path}: the folder is in no layer"]
    found = []
    for quote, include in INCLUDE.findall(text):
        found.append(own_include(path, layer, include, files) if quote == '"' else
                     library_include(path, layer, include))
    return [problem for problem in found if problem]


def layout_problems(path, text):
    found = []
    if text.count("\n") > LINES_MAX:
        found.append(f"{path}: more than {LINES_MAX} lines; does it still have one job?")
    if path.endswith(".hpp") and "#pragma once" not in text:
        found.append(f"{path}: a header needs #pragma once")
    if re.search(r"(^|/)(utils?|helpers?|misc|common)\b", path):
        found.append(f"{path}: name it for what it holds")
    for pattern, advice in BANNED_WORDS.items():
        if match := re.search(pattern, text):
            found.append(f"{path}: '{match.group()}': {advice}")
    return found


def is_named(path, files):
    """Whether a CMakeLists.txt beside or above it lists this file."""
    folder = path.rpartition("/")[0]
    while folder:
        name = re.escape(path.removeprefix(folder + "/"))
        if re.search(rf"(?<![\w/.]){name}(?![\w/.])", files.get(f"{folder}/CMakeLists.txt", "")):
            return True
        folder = folder.rpartition("/")[0]
    return False


def unbuilt_sources(files):
    """A source that no CMakeLists.txt names is dead, or was forgotten."""
    return [f"{path}: no CMakeLists.txt names it" for path in files
            if path.endswith(".cpp") and not is_named(path, files)]


def problems(files):
    found = []
    for path, text in sorted(files.items()):
        if path.endswith((".cpp", ".hpp")):
            if path.startswith(("src/", "tools/")):
                found += include_problems(path, text, files)
            found += layout_problems(path, text)
    return found + unbuilt_sources(files)
