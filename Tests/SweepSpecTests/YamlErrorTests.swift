import SweepSpec
import Testing

@Suite("Errors of YAML itself")
struct YamlErrorTests {
    static let wrong: [WrongSpec] = [
        WrongSpec(
            old: "seeds: 10\n",
            new: "seeds: 10\n---\nsweep: b\n",
            sentence: """
                a.yaml:11: a second YAML document begins here; a spec is one document, so remove \
                the "---"
                """),
        WrongSpec(
            old: "sweep: a",
            new: "%FOO\n---\nsweep: a",
            sentence: """
                a.yaml:1: this is not YAML: found unknown directive name while scanning a \
                directive that begins in line 1; check indentation, brackets, quotes and colons
                """),
        WrongSpec(
            old: "seeds: 10\n",
            new: "seeds: 10\nsweep: b\n",
            sentence: """
                a.yaml:11: sweep is given twice, first in line 1; remove one of them
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: 12, points: 13",
            sentence: """
                a.yaml:3: data.points is given twice, first in line 3; remove one of them
                """),
        WrongSpec(
            old: "seeds: 10\n",
            new: "seeds: 10\ngrid: {gain: [1]}\n",
            sentence: """
                a.yaml:11: grid is given twice, first in line 6; remove one of them
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: &a 5 ",
            sentence: """
                a.yaml:3: data.points must not have the anchor "&a"; remove it, and write the \
                value out where it is used
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: *a ",
            sentence: """
                a.yaml:3: data.points must be a value, but is the alias "*a"; write the value \
                out, or put it in quotes
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: !!int 5 ",
            sentence: """
                a.yaml:3: data.points must not have the tag "!!int"; remove it, the key says \
                what the value is
                """),
        WrongSpec(
            old: "points: 12",
            new: "points: \"\u{1}\" ",
            sentence: """
                a.yaml:3: this is not YAML: control characters are not allowed, but here is \
                U+0001; remove the character
                """),
        WrongSpec(
            old: "inference: {kappa: 1.0e-3",
            new: "network: {observed_layer: 1",
            sentence: """
                a.yaml:5: network is given twice, first in line 4; remove one of them
                """),
        WrongSpec(
            old: "seeds: 10",
            new: "? [a, b]\n: 3",
            sentence: """
                a.yaml:10: a key must be one word, but here it is a list or a section
                """),
        WrongSpec(
            old: "kappa: 1.0e-3",
            new:
                "kappa: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
            sentence: """
                a.yaml:5: lists and sections are nested more than 32 deep; a spec needs 3
                """),
        WrongSpec(
            old: "grid:",
            new: "grid",
            sentence: """
                a.yaml:7: this is not YAML: could not find expected ':' while scanning a simple \
                key that begins in line 6; check indentation, brackets, quotes and colons
                """),
        WrongSpec(
            old: "\n  width",
            new: "\n\twidth",
            sentence: """
                a.yaml:8: this is not YAML: found character that cannot start any token while \
                scanning for the next token that begins in line 8; check indentation, brackets, \
                quotes and colons
                """),
        WrongSpec(
            old: "points: 12}",
            new: "points: 12",
            sentence: """
                a.yaml:4: this is not YAML: did not find expected ',' or '}' while parsing a \
                flow mapping that begins in line 3; check indentation, brackets, quotes and \
                colons
                """),
        WrongSpec(
            old: "sweep: a",
            new: "sweep: a\u{1}b",
            sentence: """
                a.yaml:1: this is not YAML: control characters are not allowed, but here is \
                U+0001; remove the character
                """),
        WrongSpec(
            old: "activation: erf",
            new: "activation: 'erf",
            sentence: """
                a.yaml:11: this is not YAML: found unexpected end of stream while scanning a \
                quoted scalar that begins in line 4; check indentation, brackets, quotes and \
                colons
                """),
    ]

    @Test("what YAML allows and a spec does not, or not even YAML, is refused", arguments: wrong)
    func yamlIsRefused(wrong: WrongSpec) {
        #expect(Fixtures.sentence(wrong.text) == wrong.sentence)
    }

    @Test(
        "a file without anything in it is refused",
        arguments: ["", "# only\n", "---\n", "\n\n", "~\n"])
    func emptyFileIsRefused(text: String) {
        #expect(
            Fixtures.sentence(text)
                == "a.yaml: the file is empty; \"critsweep init smoke\" prints a spec to start from"
        )
    }

    @Test(
        "a file that is no list of keys is refused",
        arguments: [("just text\n", "a single value"), ("- a\n- b\n", "a list")])
    func textIsRefused(text: String, noun: String) {
        #expect(
            Fixtures.sentence(text)
                == "a.yaml:1: a spec is made of lines \"key: value\", but here is \(noun)")
    }

    @Test("aliases that would expand to gigabytes are refused at the first")
    func billionLaughsAreRefused() {
        var text = "a: &a [x, x]\n"
        for level in 1...30 { text += "b\(level): &b\(level) [*a, *a, *a, *a]\n" }
        #expect(
            Fixtures.sentence(text)
                == """
                a.yaml:1: a must not have the anchor "&a"; remove it, and write the value out where \
                it is used
                """)
    }

    @Test("a spec of more than a mebibyte is refused")
    func longTextIsRefused() {
        let text = Fixtures.posterior + String(repeating: "#\n", count: 1 << 19)
        #expect(
            Fixtures.sentence(text)
                == """
                a.yaml: a spec must be at most 1048576 bytes long, but this file is longer
                """)
    }
}
