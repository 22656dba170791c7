"""Scripts that measure; they decide no test.

    scenarios -> engines -> one -> campaign -> report, chart -> results.md, latency.svg

A scenario knows its rules, its requests and the right answers, and nothing of any engine. An engine says
the rules in its own language and answers. `one` times one engine on one scenario, in a process of its
own; `campaign` interleaves such processes and takes medians; `report` and `chart` write down what came
of it. `drift` is how the machine's moods are divided out; `changes` compares this tree with another
revision.
"""
