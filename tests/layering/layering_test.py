"""The sources against the rules of rules.py, and the rules against small trees that break them."""
import pathlib
import re
import sys
import unittest

import rules

TOP = pathlib.Path(__file__).resolve().parents[2]


def tree():
    """Every C++ and CMake file under src/, tools/ and tests/."""
    names = [path for folder in ("src", "tools", "tests") for path in (TOP / folder).rglob("*")
             if path.suffix in (".cpp", ".hpp") or path.name == "CMakeLists.txt"]
    return {str(path.relative_to(TOP)): path.read_text() for path in names}


class Sources(unittest.TestCase):
    def test_follow_the_rules(self):
        files = tree()
        self.assertIn("src/base/bytes.hpp", files, "the tree was not found")
        found = rules.problems(files)
        self.assertEqual([], found, "\n" + "\n".join(found))

    def test_cite_documents_that_exist(self):
        cited = {name for text in tree().values() for name in re.findall(r"[\w-]+\.md\b", text)}
        self.assertIn("consensus.md", cited)
        self.assertEqual([], sorted(name for name in cited if not (TOP / "docs" / name).exists()))

    def test_scripts_compile(self):
        scripts = [path for folder in ("tools", "tests") for path in (TOP / folder).rglob("*.py")]
        for path in scripts:
            compile(path.read_text(), str(path), "exec")


class Rules(unittest.TestCase):
    def one_problem(self, path, text, words):
        listed = {str(pathlib.PurePath(path).parent / "CMakeLists.txt"): pathlib.PurePath(path).name}
        found = rules.problems({path: text, **listed})
        self.assertEqual(1, len(found), found)
        self.assertIn(words, found[0])

    def no_problem(self, path, text):
        listed = {str(pathlib.PurePath(path).parent / "CMakeLists.txt"): pathlib.PurePath(path).name}
        self.assertEqual([], rules.problems({path: text, **listed}))

    def test_catch_an_upward_include(self):
        self.one_problem("src/state/a.cpp", '#include "replication/replica.hpp"\n', "state must not include replication")

    def test_let_a_layer_look_down(self):
        self.no_problem("src/node/a.cpp", '#include "replication/replica.hpp"\n#include "protocol/codec.hpp"\n')

    def test_catch_the_codec_in_the_core(self):
        self.one_problem("src/protocol/entry.cpp", '#include "protocol/codec.hpp"\n', "protocol must not include codec")
        self.one_problem("src/election/a.cpp", '#include "protocol/frame.hpp"\n', "election must not include codec")

    def test_catch_a_clock_a_thread_and_a_socket_in_the_core(self):
        for header in ("chrono", "thread", "asio/ip/tcp.hpp", "spdlog/spdlog.h", "nlohmann/json.hpp", "fstream", "sys/socket.h"):
            self.one_problem("src/replication/a.cpp", f"#include <{header}>\n", "the core must not include")

    def test_let_the_codec_have_json(self):
        self.no_problem("src/protocol/codec.cpp", "#include <nlohmann/json.hpp>\n")

    def test_keep_json_out_of_headers(self):
        self.one_problem("src/node/a.hpp", "#pragma once\n#include <nlohmann/json.hpp>\n", "too heavy for a header")
        self.no_problem("src/protocol/json_reader.hpp", "#pragma once\n#include <nlohmann/json.hpp>\n")
        self.one_problem("src/transport/a.cpp", '#include "protocol/json_reader.hpp"\n', "is the codec's own")

    def test_keep_sockets_out_of_storage(self):
        self.one_problem("src/storage/a.cpp", "#include <asio/post.hpp>\n", "storage must not include Asio")

    def test_let_only_main_see_http(self):
        self.no_problem("src/node/main.cpp", '#include "http/server.hpp"\n')
        self.one_problem("src/node/node.cpp", '#include "http/server.hpp"\n', "node must not include http")

    def test_catch_a_long_file(self):
        self.one_problem("src/base/a.cpp", "\n" * 601, "more than 600 lines")

    def test_catch_a_source_that_is_not_built(self):
        self.assertEqual(["src/base/b.cpp: no CMakeLists.txt names it"],
                         rules.problems({"src/base/b.cpp": "", "src/base/CMakeLists.txt": "layer(base SOURCES a.cpp bb.cpp)"}))


if __name__ == "__main__":
    sys.exit(unittest.main())
