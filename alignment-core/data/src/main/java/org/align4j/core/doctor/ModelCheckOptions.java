package org.align4j.core.doctor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.jspecify.annotations.Nullable;

/**
 * Says how a model is asked about preference data.
 *
 * @param model a model, run or adapter, as every command names it
 * @param pairs the pairs that the model is asked about
 * @param maxLength tokens that prompt and answer may have together; null: what training takes of itself
 * @param machine where and how it computes
 * @param template how messages are rendered
 */
public record ModelCheckOptions(
        String model, Pairs pairs, @Nullable Integer maxLength, Machine machine, TemplateOptions template) {
    /**
     * The pairs that the model is asked about.
     *
     * @param rows pairs that it is asked about at most
     * @param data the files of the data, for the forecast of a run on them
     * @param format the layout of the files
     * @param columns what the files call the columns
     * @param form how the files are written
     */
    public record Pairs(int rows, List<String> data, RowFormat format, Map<String, String> columns, FileForm form) {
        /** Copies what may change. */
        public Pairs {
            data = List.copyOf(data);
            columns = Map.copyOf(columns);
        }
    }

    /** Pairs that a model is asked about unless set otherwise: about a minute for 135 million parameters on two cores. */
    public static final int USUAL_ROWS = 256;

    /** Checks ranges. */
    public ModelCheckOptions {
        if (pairs.rows() < 1) {
            throw new InputException(
                    "model-rows is " + pairs.rows() + " but must be at least 1; " + USUAL_ROWS + " is usual.");
        }
    }

    /**
     * Holds where and how a model computes.
     *
     * @param threads of the engine; null for one per core
     */
    public record Machine(
            DeviceChoice device,
            DtypeChoice dtype,
            @Nullable Integer threads) {}

    /** The options of a training run on the data, by name; all others have their defaults. */
    public Map<String, Object> training() {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("model", model);
        options.put("data", pairs.data());
        options.put("format", pairs.format());
        options.put("columns", pairs.columns());
        options.put("map-values", pairs.form().mapValues());
        putGiven(options, "delimiter", pairs.form().delimiter());
        putGiven(options, "encoding", pairs.form().encoding());
        putGiven(options, "max-length", maxLength);
        options.put("bad-rows", "drop");
        options.put("too-long", "drop");
        options.put("device", machine.device());
        options.put("dtype", machine.dtype());
        putGiven(options, "threads", machine.threads());
        putGiven(options, "chat-template", template.chatTemplate());
        putGiven(options, "system", template.system());
        options.put("template-args", template.templateArgs());
        options.put("control-tokens", template.controlTokens());
        options.put("wrap", template.wrap());
        return options;
    }

    private static void putGiven(Map<String, Object> options, String name, @Nullable Object value) {
        if (value != null) {
            options.put(name, value);
        }
    }
}
