package org.align4j.core.export;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.align4j.core.family.GgufModel;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.gguf.GgufType;
import org.align4j.core.gguf.GgufWriter;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.text.gguf.GgufTokenizer;
import org.align4j.core.train.TrainingLog;

/** A plain model directory that is about to be written as one GGUF file, tensor by tensor. */
public final class GgufExport {
    private static final Pattern PHI3 = Pattern.compile("phi-?3", Pattern.CASE_INSENSITIVE);

    private final GgufWriter writer;
    private final long elements;
    private final List<String> notes = new ArrayList<>();

    private GgufExport(GgufWriter writer, long elements) {
        this.writer = writer;
        this.elements = elements;
    }

    /**
     * Plans a file: headers, tokenizer and template are read, no weights.
     *
     * @param model a plain model directory
     * @param name of the model in the file
     * @throws org.align4j.core.error.InputException naming what a GGUF file can't say of this model
     */
    public static GgufExport of(Path model, String name, GgufType type) {
        GgufModel weights = GgufModel.open(model);
        GgufFields fields = new GgufFields()
                .text("general.architecture", weights.architecture().gguf())
                .text("general.type", "model")
                .text("general.name", safe(name, GgufTokenizer.tokens(model)))
                .text("general.size_label", sizeLabel(weights.elements()))
                .whole("general.file_type", type.fileType())
                .whole("general.quantization_version", 2);
        weights.describe(fields);
        GgufExport export = new GgufExport(new GgufWriter(fields), weights.elements());
        export.notes.addAll(weights.notes());
        export.notes.addAll(GgufTokenizer.describe(model, weights.vocabulary(), fields));
        weights.addTo(export.writer, type);
        return export;
    }

    /** In a file whose name has phi3 in it llama.cpp looks for these tokens, and fails where they aren't. */
    private static String safe(String name, Set<String> tokens) {
        return tokens.containsAll(List.of("<unk>", "<s>", "<|endoftext|>"))
                ? name
                : PHI3.matcher(name).replaceAll("phi");
    }

    /** Finds the model and adapter that options name, and downloads what is missing. */
    public static ModelPlace place(ModelOptions options, TrainingLog log) {
        return ModelPlace.of(options.model(), options.adapter(), log.downloads());
    }

    private static String sizeLabel(long elements) {
        return elements >= 1_000_000_000
                ? format("%.1fB", elements / 1e9)
                : elements >= 1_000_000 ? format("%.0fM", elements / 1e6) : format("%.0fK", elements / 1e3);
    }

    /** Returns sentences for people about what the file says otherwise than the model. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /** Counts the numbers of the model's weights. */
    public long elements() {
        return elements;
    }

    /** Counts the bytes that the file will have. */
    public long bytes() {
        return writer.bytes();
    }

    /**
     * Writes the file, which appears when it is whole.
     *
     * @param progress hears how many bytes are there, now and then
     */
    public void write(Path file, LongConsumer progress) {
        writer.write(file, progress);
    }
}
