package org.align4j.core.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules are those of Python's datasets 5; where several files or none could be meant, it is said. */
class DatasetLayoutTest {
    private static final String README = String.join(
            "\n",
            "---",
            "license: mit",
            "configs:",
            "- config_name: one",
            "  data_files:",
            "  - split: train",
            "    path: data/one-*.jsonl",
            "  - split: held_out",
            "    path:",
            "    - extra/a.parquet",
            "    - extra/b[0-9].parquet",
            "- config_name: two",
            "  default: true",
            "  data_files: two/**",
            "- config_name: three",
            "  data_dir: three",
            "tags:",
            "- {broken: yaml, : :}",
            "---",
            "# A data set");
    private static final List<String> FILES = List.of(
            "README.md",
            "data/one-1.jsonl",
            "data/one-2.jsonl",
            "extra/a.parquet",
            "extra/b1.parquet",
            "extra/bx.parquet",
            "three/test.jsonl",
            "three/train.jsonl",
            "two/deep/y.jsonl",
            "two/x.jsonl",
            "two/.hidden/z.jsonl");

    @ParameterizedTest
    @CsvSource({
        "hf:o/n, o/n, main, , ",
        "hf:o/n:test, o/n, main, , test",
        "hf:o/n@v1.0:test, o/n, v1.0, , test",
        "hf:o/n/sub set, o/n, main, sub set, ",
        "hf:o/n@main2/a/b:train.x, o/n, main2, a/b, train.x",
        "hf:o/n@refs/convert/parquet/default, o/n, refs/convert/parquet, default, ",
    })
    void names(String text, String repository, String revision, String subset, String split) {
        DatasetName name = DatasetName.parse(text);
        assertThat(name).isEqualTo(new DatasetName(repository, revision, subset, split));
        assertThat(name).hasToString(text);
        assertThat(name.at("c0ffee").toString()).startsWith("hf:o/n@c0ffee");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hf:",
                "hf:name",
                "hf:o/n:",
                "hf:o/n:train[:10]",
                "hf:o/../n",
                "hf:o/n/a/",
                "hf://datasets/o/n",
                "hf:o/n@"
            })
    void otherFormsAreRefused(String text) {
        assertThat(DatasetName.isOne(text)).isTrue();
        assertThatThrownBy(() -> DatasetName.parse(text))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(text + " is no name of a data set; write hf:org/name");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet data/test_sft-00000-of-00001.parquet | '' | data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet
            data/train-00000-of-00001-0a1b.parquet data/test_sft-00000-of-00001.parquet | :test_sft | data/test_sft-00000-of-00001.parquet
            train.jsonl test.jsonl | '' | train.jsonl
            train.jsonl test.jsonl | :test | test.jsonl
            my-training.v1.json dev.jsonl.gz | :validation | dev.jsonl.gz
            my-training.v1.json dev.jsonl.gz | :dev | dev.jsonl.gz
            train/a.jsonl train/b.jsonl val/test.jsonl | '' | train/a.jsonl train/b.jsonl
            train/a.jsonl train/b.jsonl val/test.jsonl | :val | val/test.jsonl
            b.jsonl a.jsonl README.md dataset_infos.json .x/c.jsonl __y/d.jsonl script.py | '' | a.jsonl b.jsonl
            harmless/train.jsonl.gz harmless/test.jsonl.gz helpful/train.jsonl.gz | /harmless | harmless/train.jsonl.gz
            harmless/train.jsonl.gz harmless/test.jsonl.gz helpful/train.jsonl.gz | '' | harmless/train.jsonl.gz helpful/train.jsonl.gz
            latest.jsonl | '' | latest.jsonl
            train.csv test.csv README.md | '' | train.csv
            train.tsv.gz test.csv README.md | '' | train.tsv.gz
            train.jsonl columns.csv train.csv | '' | train.jsonl
            data/train-00000-of-00001.parquet more/test.jsonl | /default | data/train-00000-of-00001.parquet
            """)
    void splitsByFileNames(String files, String asked, String expected) {
        assertThat(files("", asked, files.split(" "))).containsExactly(expected.split(" "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            test.jsonl dev.jsonl | '' | has no split train; it has test, validation; name one, as in hf:org/name:
            train.jsonl | :nope | has no split nope; it has train
            train.txt README.md | '' | has no .jsonl, .json, .csv, .tsv or .parquet file (it has README.md, train.txt)
            train.xls train.csv README.md | :test | has no split test; it has train
            train.jsonl train.parquet | '' | has both train.parquet and train.jsonl in its split train
            train_test.jsonl | '' | has train_test.jsonl, which may belong to the split train or test
            a/x.jsonl b/y.jsonl | /c | has no subset c; it has a, b; name one, as in hf:org/name/a
            data/train-00000-of-00002.parquet | '' | has 1 files data/train-…-of-00002 in its split train but there must be 2
            """)
    void whatIsUnclearIsSaid(String files, String asked, String said) {
        refused("", asked, said, files.split(" "));
    }

    @Test
    void theReadmeSaysWhichFiles() {
        String[] files = FILES.toArray(String[]::new);
        assertThat(files(README, "", files)).containsExactly("two/deep/y.jsonl", "two/x.jsonl");
        assertThat(files(README, "/one", files)).containsExactly("data/one-1.jsonl", "data/one-2.jsonl");
        assertThat(files(README, "/one:held_out", files)).containsExactly("extra/a.parquet", "extra/b1.parquet");
        assertThat(files(README, "/three:test", files)).containsExactly("three/test.jsonl");
        refused(README, "/four", "has no subset four; it has one, three, two; name one, as in hf:org/name/one", files);
        refused(README, "/one:test", "has no split test; it has held_out, train", files);
        String open = README.replace("  default: true\n", "");
        refused(open, "", "has several subsets: one, three, two; name one, as in hf:org/name/one", files);
        refused(README, "", "names two/** for the split train, but there is no such file", "README.md", "a.jsonl");
    }

    @Test
    void readmesThatSayNothingOrCannotBeUnderstood() {
        assertThat(files("# Title\nconfigs:\n- a", "", "a.jsonl")).containsExactly("a.jsonl");
        assertThat(files("---\nlicense: mit\n---\nconfigs:\n- a", "", "a.jsonl"))
                .containsExactly("a.jsonl");
        String start = "---\nconfigs:\n- config_name: x\n  data_files: ";
        refused(start + "[a\n---\n", "", "has a README.md whose configs can't be understood", "a.jsonl");
        refused(
                start + "[" + "a".repeat(300_000) + "]\n---\n",
                "",
                "configs have more than 262144 characters",
                "a.jsonl");
        refused(start + "https://example.org/a.jsonl\n---\n", "", "which is no path in the repository", "a.jsonl");
        refused(start + "a.txt\n---\n", "", "has a.txt in its split train, which is no file that rows", "a.txt");
        refused("---\nconfigs:\n- data_files: a\n---\n", "", "a subset has no config_name", "a.jsonl");
    }

    private static List<String> files(String readme, String asked, String... files) {
        return new DatasetLayout(DatasetName.parse("hf:org/name" + asked), Arrays.asList(files), readme).files();
    }

    private static void refused(String readme, String asked, String said, String... files) {
        assertThatThrownBy(() -> files(readme, asked, files))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("hf:org/name" + asked + " has")
                .hasMessageContaining(said)
                .hasMessageNotContaining("\n");
    }
}
