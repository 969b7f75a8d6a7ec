package org.align4j.core.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Globs as fsspec reads them; where a set is empty, nothing matches it. */
class FilePatternTest {
    @ParameterizedTest
    @CsvSource({
        "data/*.jsonl, data/a.jsonl, true",
        "data/*.jsonl, data/b/a.jsonl, false",
        "data/**, data/b/a.jsonl, true",
        "data/**/a.jsonl, data/a.jsonl, true",
        "data/**/a.jsonl, data/b/c/a.jsonl, true",
        "data/**/a.jsonl, data/ba.jsonl, false",
        "data/**/a.jsonl, data/b/ba.jsonl, false",
        "**/a.jsonl, a.jsonl, true",
        "**/**/a.jsonl, b/a.jsonl, true",
        "**a.jsonl, b/ca.jsonl, true",
        "a?.jsonl, ab.jsonl, true",
        "a?.jsonl, a/.jsonl, false",
        "[a-c]?.jsonl, bx.jsonl, true",
        "[a-c]?.jsonl, ax.jsonl, true",
        "[a-c]?.jsonl, cx.jsonl, true",
        "[a-c]?.jsonl, dx.jsonl, false",
        "[!a-c]x.jsonl, bx.jsonl, false",
        "[!a-c]x.jsonl, dx.jsonl, true",
        "[^a]x.jsonl, bx.jsonl, true",
        "[c-a]x.jsonl, bx.jsonl, false",
        "[]x].jsonl, ].jsonl, true",
        "[x, [x, true",
        "a.b, axb, false",
        "*, , false",
        "*a*b*c, xaxbxcxc, true",
        "**/x, .hidden/x, false",
    })
    void matches(String pattern, String path, boolean expected) {
        DataPath file = new DataPath(path == null ? ".none" : path);

        assertThat(new FilePattern(pattern).matches(file)).isEqualTo(expected);
    }
}
