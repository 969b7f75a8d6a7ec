package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.session.options.RecipePlan.Footprint;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.dpo.ReferenceOptions.ReferenceCache;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DpoPlanTest {
    @TempDir
    Path folder;

    private DpoOptions asked(String more) throws IOException {
        Path rows = Files.writeString(folder.resolve("a.jsonl"), "{}");
        String yaml = "model: m\nthreads: 1\ndata: " + rows + "\n" + more.replace("; ", "\n");
        return OptionsYaml.parse(yaml, "run.yaml", DpoOptions.class);
    }

    private static DpoPlan plan(DpoOptions asked) {
        String adapter = asked.recipe().policy().adapter();
        RecipePlan settled = RecipePlan.of(
                asked.recipe(),
                asked.recipe().inputs().rows().rules(512),
                Precision.of(Dtype.F32),
                new Footprint(100, false, OptionalInt.of(8)),
                2e-5);
        return asked.plan(
                settled, asked.referenceChoice(ReferenceChoice.ofStart(adapter == null ? null : Path.of(adapter))));
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0.1, base, , , AUTO",
        "loss: simpo, 2.0, none, , , AUTO",
        "adapter: a; reference-cache: off, 0.1, adapter, , , OFF",
        "reference-sync-steps: 8, 0.1, base, 8, 0.6, OFF",
        "beta: 0.3; reference-sync-steps: 8; reference-mixup: 0.5, 0.3, base, 8, 0.5, OFF"
    })
    void whatConfigYamlHolds(
            String given, double beta, String reference, Integer steps, Double mixup, ReferenceCache cache)
            throws IOException {
        DpoPlan plan = plan(asked(given));
        DpoOptions written = OptionsYaml.parse(OptionsYaml.write(plan.options()), "config.yaml", DpoOptions.class);
        assertThat(written.loss().beta()).isEqualTo(beta);
        assertThat(written.reference())
                .isEqualTo(new ReferenceOptions(ReferenceChoice.parse(reference), steps, mixup, cache));
        assertThat(plan(written).reference()).isEqualTo(plan.reference());
        assertThat(plan(written).options()).isEqualTo(plan.options());
    }
}
