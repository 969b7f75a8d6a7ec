package org.align4j.core.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class ReferenceFolderTest {
    private static ReferenceCase one(String json) throws Exception {
        var node = ReadFields.of(json);
        return new ReferenceCase("file.json", Path.of("file.json"), node, node);
    }

    @Test
    void eachElementIsACase() throws Exception {
        List<ReferenceCase> cases =
                one("{\"cases\": [{\"name\": \"a\"}, {\"x\": 1}]}").each("cases");
        assertThat(cases).extracting(ReferenceCase::name).containsExactly("file.json/a", "file.json/cases[1]");
    }

    @Test
    void errorsAreRelativeToWhatIsAllowed() {
        Comparisons comparisons = new Comparisons();
        comparisons.close("small", 0.5, 0.5 + 5e-10, 1e-9);
        comparisons.close("large", 1000, 1000 + 9e-7, 1e-9);
        comparisons.failIfDifferent();
        assertThat(comparisons.count()).isEqualTo(2);
        assertThat(comparisons.worst()).isBetween(0.89, 0.91);
        assertThat(comparisons.worstPlace()).isEqualTo("large");
    }

    @Test
    void everyDifferenceIsShown() {
        Comparisons comparisons = new Comparisons();
        comparisons.close("a", new double[] {1, 2}, new double[] {1, 3}, 1e-9);
        comparisons.close("b", 1, Double.NaN, 1e-9);
        comparisons.close("c", new double[1], new double[2], 1e-9);
        assertThatThrownBy(comparisons::failIfDifferent)
                .hasMessageContainingAll("3 of 4", "a[1]", "b: expected 1.0 but was NaN", "c.length");
    }

    @Test
    void aCaseComparedWithNothingFails() {
        assertThatThrownBy(() -> new Comparisons().failIfDifferent()).hasMessageContaining("nothing");
    }

    /** Null, false and 0 say nothing, a source is a remark, and {@code other} is left to another test. */
    @Test
    void aFieldThatATestPassesOverFails() throws Exception {
        ReferenceCase reference = one("""
                {"name": "a", "source": "trl", "loss": 1, "params": {"beta": 2, "tau": 3, "f": null, "g": false, "h": 0},
                 "rows": [{"x": 1}, {"x": 2, "y": 3}], "other": {"z": 1}, "metrics": {"kl": 4}}""");
        CaseCheck partly = (c, comparisons) -> {
            comparisons.close("loss", c.content().get("loss").asDouble(), 1, 0.1);
            comparisons.close("beta", c.content().at("/params/beta").asDouble(), 2, 0.1);
            c.content().get("rows").forEach(row -> row.path("x").asInt());
            c.content().has("metrics");
        };
        Tally tally = new Tally("losses", Set.of(), Set.of("name", "source", "other"));
        assertThatThrownBy(() -> tally.run(reference, partly))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("file.json says params.tau, rows.y, metrics, which the test doesn't read");
        tally.run(reference, (c, comparisons) -> {
            partly.check(c, comparisons);
            c.content().get("params").get("tau");
            c.content().get("rows").forEach(row -> row.path("y").asInt());
            c.content().get("metrics").properties().forEach(field -> comparisons.same(field.getKey(), 1, 1));
        });
    }

    @Test
    void onlyListedKindsMayBeMissing() throws Exception {
        Tally tally = new Tally("losses", Set.of("later"), Tally.REMARKS);
        ReferenceCase reference = one("{}");
        assertThatThrownBy(() -> tally.run(reference, (c, comparisons) -> comparisons.notBuilt("later")))
                .isInstanceOf(TestAbortedException.class);
        assertThatThrownBy(() -> tally.run(reference, (c, comparisons) -> comparisons.notBuilt("unlisted")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("not-built.txt");
    }
}
