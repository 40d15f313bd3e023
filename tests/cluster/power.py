"""The environment of a node whose power can be cut: the library of tests/power_cut is loaded into it."""
import re
import subprocess

SANITIZER = re.compile(r"=> (\S*/lib[at]san\S*)")


def environment(node, seed, **settings):
    """Settings without their prefix: `at=7` is POWER_CUT_AT=7."""
    program = node.cluster.program("bellwether-node")
    libraries = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    sanitizers = SANITIZER.findall(libraries)  # has to be loaded before anything that stands in for the system's calls
    return {"LD_PRELOAD": " ".join([*sanitizers, str(node.cluster.program("power_cut.so"))]),
            "POWER_CUT_DIRECTORY": str(node.data), "POWER_CUT_SEED": str(seed),
            **{f"POWER_CUT_{name.upper()}": str(value) for name, value in settings.items()}}
