package org.align4j.core.report.page;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.OutputFile;

/**
 * Writes all figures of runs as comma-separated values (RFC 4180), for spreadsheets and notebooks: a line a run, step and figure,
 * {@code run,step,figure,value}, in the order in which the runs have them. A figure that is no finite number has an empty value.
 */
final class FiguresCsv {
    private static final String STEP = "step";

    private FiguresCsv() {}

    /**
     * Writes the file, replacing a former one.
     *
     * @param views the runs
     */
    static void write(List<RunView> views, Path file) throws IOException {
        List<String> names = RunNames.of(views);
        StringBuilder text = new StringBuilder("run,step,figure,value\r\n");
        for (int i = 0; i < views.size(); i++) {
            for (Map<String, Double> line : views.get(i).metrics().lines()) {
                String start = quoted(names.get(i)) + "," + Math.round(line.getOrDefault(STEP, 0.0)) + ",";
                line.forEach((figure, value) -> {
                    if (!figure.equals(STEP)) {
                        text.append(start)
                                .append(quoted(figure))
                                .append(',')
                                .append(number(value))
                                .append("\r\n");
                    }
                });
            }
        }
        AtomicFile.write(OutputFile.behindLinks(file), text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "";
    }

    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
