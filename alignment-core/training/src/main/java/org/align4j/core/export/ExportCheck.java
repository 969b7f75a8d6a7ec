package org.align4j.core.export;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.RunException;
import org.align4j.core.export.ExportMeasure.Agreement;
import org.align4j.core.export.ExportMeasure.Figures;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;
import org.align4j.core.gguf.GgufFile;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.session.ModelPlace.GgufFolder;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.verdict.EvaluatedPairs;
import org.align4j.core.verdict.PairMeasure;
import org.jspecify.annotations.Nullable;

/**
 * Reads a GGUF file back and measures it beside the model that it was written from: the tokens of a text, answers to prompts, how
 * well guard text is predicted, and which answers of held-out pairs are likelier. Writes {@code FILE.json} and {@code FILE.html}.
 *
 * @param before the plain model directory
 * @param heldOut pairs that both are measured on
 * @param weights whether those of a model stay in memory, or on disk and are read a layer at a time
 * @param log hears how models are held
 */
public record ExportCheck(ModelOptions before, HeldOutPairs heldOut, Residency weights, TrainingLog log) {
    /** Text that everybody may use, as guard text where none is given. */
    static final String TEXT = """
            The river was low that summer, and the children of the village crossed it on foot. On the other bank there was an old
            orchard with apples, pears and plums, and a wall around it that nobody had repaired for years. "Who lives here?" asked the
            youngest. Nobody knew. They counted 17 trees in the first row and 23 in the second, which makes 40 together.
            Water boils at 100 degrees at the level of the sea; on a mountain of 3,000 metres it boils at about 90. To make tea, put
            one spoon of leaves into the pot, pour hot water over it, wait for four minutes, and then pour it into a warm cup.
            A program reads a list of numbers, adds them up, and prints the result: for (int i = 0; i < n; i++) { sum += a[i]; }
            In the morning the snow had covered the roofs, the road and the fields. No car came by. We stayed inside, lit the stove,
            read the letters again, and wrote the answers that we had owed to our friends since the spring.
            """;

    /**
     * What a check takes.
     *
     * @param memory bytes of the weights in fp32
     * @param disk bytes of the directory that the file is read into
     */
    public record Room(long memory, long disk) {
        /** What a process takes besides weights. */
        private static final long BESIDE = 2L << 30;

        /** Counts what the check of a file takes. */
        public static Room of(GgufExport export, GgufType type) {
            long whole = Math.multiplyExact(Float.BYTES, export.elements());
            return new Room(whole, type.inBlocks() ? whole : export.bytes());
        }

        /** Returns whether weights stay in memory, where so many bytes of it are free, or on disk, read a layer at a time. */
        public Residency weights(long free) {
            return memory + BESIDE <= free ? Residency.RESIDENT : Residency.MAPPED;
        }
    }

    /** What was found: the figures of the model and of the file, and how their answers agree. */
    public record Result(Figures before, Figures after, Agreement agreement) {}

    /**
     * Checks a file.
     *
     * @throws RunException where the file reads a text otherwise than its model or, in fp32 and 16 bits, answers otherwise; it is deleted
     *     then
     */
    public Result check(Path file, GgufType type) throws IOException {
        Path folder = file.resolveSibling("." + file.getFileName() + ".check");
        try {
            GgufFolder.write(file, folder);
            ModelOptions read =
                    new ModelOptions(folder.toString(), null, before.maxLength(), before.engine(), before.template());
            ExportMeasure measure;
            Figures own;
            int[] ids;
            try (ModelSession session = ModelSession.openOriginal(before, weights, log)) {
                measure = ExportMeasure.of(session, TEXT, heldOut);
                ids = session.text().tokenizer().encode(TEXT, true);
                own = measure.measure(session, log);
            }
            Figures written;
            try (ModelSession session = ModelSession.openOriginal(read, weights, log)) {
                if (!Arrays.equals(ids, session.text().tokenizer().encode(TEXT, true))) {
                    throw refused(file, "its tokenizer makes other tokens of a text than the model's");
                }
                written = measure.measure(session, log);
            }
            Agreement agreement;
            if (own.answers().equals(written.answers())) {
                agreement = Agreement.whole(own);
            } else {
                try (ModelSession session = ModelSession.openOriginal(before, weights, log)) {
                    agreement = measure.agreement(own, written, session);
                }
            }
            if (!type.inBlocks() && !agreement.holds(type == GgufType.F32)) {
                throw refused(
                        file,
                        format(
                                "its answers part from the model's after %d of %d tokens, by %.3f nats",
                                agreement.equal(), agreement.tokens(), agreement.widest()));
            }
            Result result = new Result(own, written, agreement);
            write(file, type, result);
            return result;
        } finally {
            Folders.deleteTree(folder);
        }
    }

    private static RunException refused(Path file, String why) throws IOException {
        Folders.deleteIfThere(file);
        return new RunException(file + " was written and read back, but " + why
                + ". The file was deleted; please report" + " this model.");
    }

    private void write(Path file, GgufType type, Result result) throws IOException {
        Map<String, @Nullable Object> types = new LinkedHashMap<>();
        types.put("unquantised", result.before().document());
        types.put(type.label(), result.after().document());
        Map<String, Object> greedy = new LinkedHashMap<>();
        greedy.put("tokens", result.agreement().tokens());
        greedy.put("equal", result.agreement().equal());
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("file", String.valueOf(file.getFileName()));
        document.put("tensors", GgufFile.open(file).tensors().size());
        document.put("pairs", heldOut.pairs().size());
        document.put("greedy", greedy);
        document.put("types", types);
        OutputFile.write(beside(file, ".json"), Json.document(document));
        OutputFile.write(beside(file, ".html"), page(file, type, result).getBytes(StandardCharsets.UTF_8));
    }

    private static Path beside(Path file, String ending) {
        return file.resolveSibling(file.getFileName() + ending);
    }

    private static String page(Path file, GgufType type, Result result) throws IOException {
        EvaluatedPairs pairs = result.before().pairs();
        PairMeasure measure = pairs == null ? PairMeasure.ANSWER : pairs.measure();
        HtmlTable table = new HtmlTable("Weights")
                .figures("Perplexity", "Held-out pairs right", measure.words() + " (" + measure.unit() + ")");
        table.row("as trained", cells(result.before()));
        table.row(type.label(), cells(result.after()));
        String body = "<p>" + sentence(type, result) + "</p>" + table.html();
        return new HtmlPage(String.valueOf(file.getFileName()), List.of(), body, "", List.of()).text();
    }

    private static String[] cells(Figures figures) {
        EvaluatedPairs pairs = figures.pairs();
        return new String[] {
            format("%.3f", figures.perplexity()),
            pairs == null ? "–" : format("%.1f %%", 100 * pairs.chosenLikelier().rate()),
            pairs == null ? "–" : format("%.3f", pairs.mean())
        };
    }

    /** Says for people what a file costs. */
    public static String sentence(GgufType type, Result result) {
        double change = 100 * (result.after().perplexity() / result.before().perplexity() - 1);
        return format(
                "%s: %sperplexity %+.1f %%, %d of %d answered tokens as before",
                type.label(),
                pairs(result.before().pairs(), result.after().pairs()),
                change,
                result.agreement().equal(),
                result.agreement().tokens());
    }

    private static String pairs(@Nullable EvaluatedPairs before, @Nullable EvaluatedPairs after) {
        return before == null || after == null
                ? ""
                : format(
                        "%.1f → %.1f %% of %d held-out pairs%s, ",
                        100 * before.chosenLikelier().rate(),
                        100 * after.chosenLikelier().rate(),
                        after.size(),
                        after.measure() == PairMeasure.TOKEN ? " per token" : "");
    }
}
