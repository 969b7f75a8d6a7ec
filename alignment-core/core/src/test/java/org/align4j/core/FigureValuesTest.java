package org.align4j.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FigureValuesTest {
    @Test
    void theFiguresThatAreNotShownAreCounted() {
        Map<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < 60; i++) {
            values.put("f" + i, (double) i);
        }
        String text = new FigureValues(values).toString();
        long shown = text.chars().filter(c -> c == ',').count();
        assertThat(text).contains(", and " + (60 - shown) + " more");
    }
}
