package org.align4j.core.template;

import java.util.Arrays;

/** Lines and columns of a text. */
final class Places {
    private final int[] lineStarts;

    Places(String source) {
        int[] starts = new int[16];
        int count = 1;
        for (int i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) {
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, 2 * count);
            }
            starts[count++] = i + 1;
        }
        this.lineStarts = Arrays.copyOf(starts, count);
    }

    int line(int place) {
        int found = Arrays.binarySearch(lineStarts, place);
        return found >= 0 ? found + 1 : -found - 1;
    }

    int column(int place) {
        return place - lineStarts[line(place) - 1] + 1;
    }

    TemplateException syntax(String reason, int place) {
        return new TemplateException("TemplateSyntaxError", reason, line(place), column(place));
    }
}
