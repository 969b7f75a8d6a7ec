package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.figure.Figure.Meaning;
import org.junit.jupiter.api.Test;

class GlossaryTest {
    @Test
    void hasAnEntryForWhateverChartsLinkTo() throws IOException {
        List<String> linked = Arrays.stream(Meaning.values())
                .map(Glossary::termOf)
                .filter(term -> !term.isEmpty())
                .toList();
        assertThat(Glossary.entries()).containsKeys(linked.toArray(String[]::new));
        assertThat(Glossary.section()).contains("id=\"term-kl-divergence\"", "<dt>KL divergence</dt>");
    }
}
