#!/usr/bin/python3
"""The differential test: kv and redis-server are sent the same random commands and must answer the
same bytes, and at the end hold the same keyspace.

    run.py [--seeds 1-30] [--commands N]     as many seeds as asked, about 10,000 commands each
    run.py --replay FILE                     a script that a failure left
    run.py --self                            redis-server beside redis-server: must be clean

KV_BIN (or --kv) is the program under test; redis-server is found in the PATH. A failure's script
is made as short as it can be, printed, and kept in a file.
"""

import argparse
import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "wire"))

import compare  # noqa: E402
import generator  # noqa: E402
import grammar  # noqa: E402
import pair as pairs  # noqa: E402
import replies  # noqa: E402
import scenario  # noqa: E402
import script  # noqa: E402
import server  # noqa: E402
import shrink  # noqa: E402
import steps  # noqa: E402
import stream  # noqa: E402
import syntax  # noqa: E402

SEEDS = "1-30"
SANITIZED_SEEDS = "1-10"
STREAMS = 4           # of one connection, for each seed
STREAM_COMMANDS = 2400
STEPS = 400           # of the stream of several connections
FAILURES_MAX = 5      # then the rest is left out
SENT_MIN = 20         # as often, and never with success, is a fault of the grammar
COMPLETE_MIN = 100000  # after so many commands every command must have been sent
EXIT_FAILED = 1
LINE_SHOWN = 300      # of a script that is printed
LINES_SHOWN = 40


class Tester:
    def __init__(self, arguments):
        self.arguments = arguments
        self.pair = pairs.Pair(arguments.kv, arguments.redis, arguments.self)
        self.forget_commands()
        self.forms = syntax.read_forms()
        self.short_forms = [f for f in syntax.read_short_forms() if self.has(f)]
        self.missing = sorted({name for form in self.forms for name in form.names
                               if not self.pair.has(name)})
        self.usable = [form for form in self.forms if self.has(form)]
        self.generators = generator.Generators(self.usable, self.pair.payloads)
        self.coverage = {}
        self.commands = 0
        self.passed = 0
        self.failures = 0
        self.ended = 0  # streams that an intended difference cut short

    def has(self, form):
        """Whether both servers have all that a line of the grammar sends."""
        needed = list(form.names)
        if form.names == ["command|getkeys"]:
            needed += [word.lower() for word in form.text.replace("(", " ").split()
                       if word.lower() in self.pair.redis_names]
        return all(self.pair.has(name) for name in needed)

    def forget_commands(self):
        """Names of commands that kv has not got are no arguments either."""
        rows = grammar.KINDS["commandname"]
        kept = tuple(word for word in rows[0][2:] if self.pair.has(word.decode().lower()))
        grammar.KINDS["commandname"] = [(rows[0][0], "words", *kept)] + rows[1:]

    # -- the streams of a seed --

    def run_seed(self, seed):
        """Whether all streams of the seed were the same at both servers."""
        rng = random.Random(seed)
        flavours = list(grammar.FLAVOURS)
        shares = [grammar.FLAVOURS[name]["share"] for name in flavours]
        clean = True
        for number in range(STREAMS):
            flavour = rng.choices(flavours, shares)[0]
            clean = self.run_stream(seed, number, flavour) and clean
        return self.run_scenario(seed, STREAMS) and clean

    def run_stream(self, seed, number, flavour):
        made = stream.Stream(seed, number, flavour, self.short_forms, self.generators,
                             self.pair.has)
        runner = stream.Runner(compare.Context(self.pair), self.coverage)
        taken = []
        try:
            runner.begin(made.protocol)
            for batch in made.batches(STREAM_COMMANDS):
                taken.append(batch)
                runner.run_batch(batch)
            runner.check_end(made.options)
        except compare.Ended:
            self.ended += 1
        except (compare.Failure, replies.Malformed) as failure:
            sent = [step for batch in taken for step in stream.steps_of(batch)]
            whole = script.Script(sent, made.protocol)
            whole.options = made.options
            self.report(failure, whole, "seed %d, stream %d (%s)" % (seed, number, flavour))
            return False
        finally:
            runner.end()
            self.commands += runner.commands
        return True

    def run_scenario(self, seed, number):
        made = scenario.Scenario(seed, number, self.usable, self.generators, self.pair.has)
        try:
            made.run(self.pair, self.coverage, STEPS)
        except compare.Ended:
            self.ended += 1
        except (compare.Failure, replies.Malformed) as failure:
            whole = script.Script(made.steps.taken, made.protocol, scenario.CONNECTIONS)
            self.report(failure, whole, "seed %d, stream %d (connections)" % (seed, number))
            return False
        finally:
            if made.steps:
                made.steps.end()
                self.commands += made.steps.commands
        return True

    # -- a failure --

    def run_script(self, made, patience=1.0):
        """The failure of a script, or None."""
        run = steps.run_script if made.connections else stream.run_script
        try:
            run(self.pair, made, {}, patience)
        except compare.Failure as failure:
            return failure
        except compare.Ended:
            return None
        except replies.Malformed as error:
            return compare.Failure("malformed", "", str(error))
        return None

    def report(self, failure, whole, where):
        """Prints the failure with the shortest script for it."""
        self.failures += 1
        if isinstance(failure, replies.Malformed):
            failure = compare.Failure("malformed", "", str(failure))
        print("FAIL %s, after %d commands:\n%s" % (where, whole.commands(), failure.text))
        problem = self.pair.problem()
        if problem:
            print(problem)
            self.keep(whole, where, failure)
            sys.exit(EXIT_FAILED)
        repeated = self.run_script(whole)
        if not failure.is_like(repeated):
            print("The script alone %s." % ("does not fail" if repeated is None else
                                            "fails differently: " + repeated.text))
            self.keep(whole, where, failure)
            return
        def fails(less):
            return failure.is_like(self.run_script(less, steps.SHORTER))

        shortest = shrink.Shrinker(fails, self.arguments.shrink).shorten(whole)
        self.keep(shortest, where, self.run_script(shortest) or failure)

    def keep(self, made, where, failure):
        made.head = "%s\n%s" % (where, failure.text)
        text = script.write(made)
        path = os.path.abspath("differential-%s.script" % "".join(
            c if c.isalnum() else "-" for c in where.split(" (")[0]))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        lines = text.split("\n")
        print("\n".join(line[:LINE_SHOWN] for line in lines[:LINES_SHOWN]))
        if len(lines) > LINES_SHOWN:
            print("... %d more lines" % (len(lines) - LINES_SHOWN))
        print("again: make differential REPLAY=%s" % path, flush=True)

    # -- what was covered --

    def counts(self):
        """name -> [succeeded, erred, whether success is asked for], for each command."""
        found = {}
        for form in self.usable:
            if len(form.names) == 1:
                row = found.setdefault(form.names[0], [0, 0, False])
                row[2] = row[2] or "errors" not in form.marks
        for form, (succeeded, erred) in self.coverage.items():
            names = [form] if isinstance(form, str) else form.names
            if len(names) == 1:
                row = found.setdefault(names[0], [0, 0, False])
                row[0] += succeeded
                row[1] += erred
        return found

    def check_coverage(self):
        """Complaints about the grammar: commands that were never sent, or never with success."""
        problems = []
        for name, (ok, erred, wanted) in sorted(self.counts().items()):
            if wanted and ok == 0 and erred >= SENT_MIN:
                problems.append("%s was sent %d times and never succeeded" % (name, erred))
            if ok + erred == 0 and self.commands >= COMPLETE_MIN:
                problems.append("%s was never sent" % name)
        return problems

    def check_names(self):
        """Complaints about commands of kv that neither the grammar nor EXCLUDED has."""
        known = {name for form in self.forms for name in form.names} | set(grammar.EXCLUDED)
        known |= {name.lower() for name in syntax.CONTAINERS}
        return ["%s of kv is neither in the grammar nor in EXCLUDED (tests/differential/grammar.py)"
                % name for name in sorted(self.pair.kv_names - known) if not self.pair.is_self]

    def print_coverage(self):
        rows = ["%s %d/%d" % (name, ok, erred) for name, (ok, erred, _) in
                sorted(self.counts().items())]
        print("answers, succeeded/erred:")
        line = ""
        for row in rows:
            if len(line) + len(row) > 96:
                print("  " + line)
                line = ""
            line += row + "  "
        print("  " + line)


def seeds_of(text):
    """ "1-3,7" -> 1 2 3 7"""
    found = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        found += range(int(low), int(high or low) + 1)
    return found


def read_arguments():
    parser = argparse.ArgumentParser(description="Compares kv with redis-server.")
    parser.add_argument("--kv", default=server.default_path(), help="the program under test")
    parser.add_argument("--redis", default="redis-server")
    sanitized = bool(os.environ.get("KV_SANITIZED"))
    parser.add_argument("--seeds", default=SANITIZED_SEEDS if sanitized else SEEDS,
                        help="such as 1-30 or 4,7; default %(default)s")
    parser.add_argument("--replay", metavar="FILE", help="runs a kept script, and nothing else")
    parser.add_argument("--self", action="store_true",
                        help="compares redis-server with itself: the rules must hold")
    parser.add_argument("--shrink", type=float, default=shrink.SECONDS_MAX, metavar="SECONDS",
                        help="how long to look for a shorter script; default %(default)s")
    parser.add_argument("--quiet", action="store_true", help="prints no coverage")
    arguments = parser.parse_args()
    if not arguments.kv and not arguments.self:
        parser.error("--kv, KV_SERVER or KV_BIN is needed")
    return arguments


def replay(tester, path):
    with open(path, encoding="utf-8") as file:
        made = script.read(file.read())
    failure = tester.run_script(made)
    if failure:
        tester.report(failure, made, made.head.split("\n")[0] or "replay")
    else:
        print("%d commands: the same" % made.commands())
    print("%d passed, %d failed" % (not failure, bool(failure)))
    return EXIT_FAILED if failure else 0


def run_seeds(tester, seeds):
    begun = time.monotonic()
    ran = 0
    for seed in seeds:
        ran += 1
        tester.passed += tester.run_seed(seed)
        if tester.failures >= FAILURES_MAX:
            print("%d failures: the seeds after %d are left out" % (tester.failures, seed))
            break
    spent = time.monotonic() - begun
    print("%d commands of %d seeds (%d to %d) in %.1f s, %.0f a second; %d streams cut short" % (
        tester.commands, ran, seeds[0], seeds[ran - 1], spent, tester.commands / spent,
        tester.ended))


def main():
    arguments = read_arguments()
    tester = Tester(arguments)
    if arguments.replay:
        return replay(tester, arguments.replay)
    run_seeds(tester, seeds_of(arguments.seeds))
    if not arguments.quiet:
        tester.print_coverage()
    if tester.missing:
        print("not in kv, left out: " + " ".join(tester.missing))
    for difference in tester.pair.differences:
        if not difference.used:
            print("not needed: the difference of %s, \"%s\"" % (" ".join(difference.commands),
                                                               difference.reason))
    failed = tester.failures
    for problem in tester.check_coverage() + tester.check_names():
        print("FAIL " + problem)
        failed += 1
    end = tester.pair.stop()
    if end:
        print("FAIL " + end)
        failed += 1
    print("%d passed, %d failed" % (tester.passed, failed))
    return EXIT_FAILED if failed or not tester.passed else 0


if __name__ == "__main__":
    sys.exit(main())
