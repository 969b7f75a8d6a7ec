package org.align4j.ppo.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.Rewards;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.sgd.linear.LogisticRegressionTrainer;
import org.tribuo.impl.ArrayExample;
import org.tribuo.provenance.SimpleDataSourceProvenance;

/** The built-in rewards' values, by hand. */
class BuiltInRewardsTest {
    @TempDir
    Path folder;

    private static Completion response(String text, @Nullable String answer) {
        return new Completion(
                new PromptTokens(3, new int[] {1}, "q", answer, Map.of()), 0, new int[] {5, 6}, text, true);
    }

    private static double score(String reward, String text) {
        return score(reward, response(text, null));
    }

    private static double score(String reward, Completion response) {
        RewardContext context =
                new RewardContext(Engine.cpu(), Precision.of(Dtype.F32), Path.of("."), 100, TokenBudget.of(100));
        return Rewards.open(reward, context).scores(List.of(response))[0];
    }

    @Test
    void lengthCountsTokens() {
        assertThat(score("length", "anything at all")).isEqualTo(2);
    }

    /** "Good, good dogs aren't BAD." has five words: (1.9 + 1.9 + 0 + 0 − 2.5) / 5; "it's" and "so-so" are one word each. */
    @Test
    void aLexiconGivesTheMeanValence() throws IOException {
        String lines = "good\t1.9\t0.9\t[2, 1]\nbad\t-2.5\t0.6\t[-3]\nit's\t0.5\nso-so\t-0.1\n\n:)\t2.0\n";
        Path plain = Files.writeString(folder.resolve("lexicon.txt"), lines);
        assertThat(score("lexicon:" + plain, "Good, good dogs aren't BAD.")).isCloseTo(1.3 / 5, within(1e-12));
        assertThat(score("lexicon:" + plain, "It's so-so")).isCloseTo(0.2, within(1e-12));
        assertThat(score("lexicon:" + plain, " ?! ")).isZero();
        Path packed = folder.resolve("lexicon.txt.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
            out.write(lines.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(score("lexicon:" + packed, "bad good")).isCloseTo(-0.3, within(1e-12));
        Files.writeString(plain, "good\t1.9\nbad\n");
        assertThatThrownBy(() -> score("lexicon:" + plain, "good"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("lexicon.txt:2: \"bad\" is no word, tab and valence");
        Files.writeString(plain, "\n");
        assertThatThrownBy(() -> score("lexicon:" + plain, "good")).hasMessageContaining("holds no word");
    }

    @Test
    void aPatternIsFoundOrNot() {
        assertThat(score("regex:^yes\\b", "yes it is")).isEqualTo(1);
        assertThat(score("regex:^yes\\b", "oh yes")).isZero();
        assertThat(score("regex:a.b", "a\nb")).isEqualTo(1);
    }

    @Test
    void oneWholeDocumentIsValid() {
        assertThat(score("json-valid", " {\"a\": [1, 2.5, null]} ")).isEqualTo(1);
        assertThat(score("json-valid", "17")).isEqualTo(1);
        assertThat(score("json-valid", "{\"a\": 1} and more")).isZero();
        assertThat(score("json-valid", "{\"a\": 1, \"a\": 2}")).isZero();
        assertThat(score("json-valid", "{\"a\": ")).isZero();
        assertThat(score("json-valid", "")).isZero();
    }

    @Test
    void anAnswerIsExact() {
        assertThat(score("exact-answer", response(" Forty \n two ", "forty two")))
                .isEqualTo(1);
        assertThat(score("exact-answer", response("forty-two", "forty two"))).isZero();
        String last = "exact-answer:####\\s*(\\S+)";
        assertThat(score(last, response("#### 41, no: #### 42", "42"))).isEqualTo(1);
        assertThat(score(last, response("42", "42"))).isZero();
        assertThatThrownBy(() -> score("exact-answer:42", "42")).hasMessageContaining("whose pattern has no group");
        assertThatThrownBy(() -> score("exact-answer", "42")).hasMessageContaining("row 3 has none");
    }

    /** A classifier that was shown "sun" as good and "rain" as bad; each response's words are its features. */
    @Test
    void aClassifierGivesItsProbability() throws IOException {
        MutableDataset<Label> examples = new MutableDataset<>(
                new SimpleDataSourceProvenance("two words", new LabelFactory()), new LabelFactory());
        for (int i = 0; i < 20; i++) {
            examples.add(new ArrayExample<>(new Label("good"), new String[] {"sun"}, new double[] {1}));
            examples.add(new ArrayExample<>(new Label("bad"), new String[] {"rain"}, new double[] {1}));
        }
        Model<Label> model = new LogisticRegressionTrainer().train(examples);
        Path file = folder.resolve("weather.tribuo");
        model.serializeToFile(file);
        double sun = score("tribuo:" + file, "The sun, the SUN!");
        double rain = score("tribuo:" + file, "rain");
        assertThat(sun).isBetween(0.6, 1.0);
        assertThat(rain).isBetween(0.0, 0.4);
        assertThat(score("tribuo:" + file + "#bad", "rain")).isCloseTo(1 - rain, within(1e-9));
        assertThat(score("tribuo:" + file, "snow")).isZero();
        assertThatThrownBy(() -> score("tribuo:" + file + "#ugly", "rain"))
                .hasMessageContaining("labels are bad, good");
        Files.writeString(file, "no model");
        assertThatThrownBy(() -> score("tribuo:" + file, "rain")).hasMessageContaining("no classifier of Tribuo");
    }

    @Test
    void wordsNeedATokenizer() {
        Completion wordless = new Completion(new PromptTokens(0, new int[] {1}, null), 0, new int[] {5}, null, true);
        assertThatThrownBy(() -> score("regex:x", wordless))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no tokenizer");
        assertThat(score("length", wordless)).isEqualTo(1);
    }
}
