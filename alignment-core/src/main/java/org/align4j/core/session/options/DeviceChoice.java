package org.align4j.core.session.options;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;

/**
 * Where to compute.
 *
 * @param processor what computes
 * @param index which GPU, from 0; 0 for the other kinds
 */
public record DeviceChoice(Processor processor, int index) {
    /** {@code AUTO} is a GPU where there is one, else the CPU. */
    public enum Processor {
        AUTO,
        CPU,
        GPU
    }

    private static final Pattern FORM = Pattern.compile("(auto|cpu|gpu)|gpu:(\\d{1,4})");

    /** Reads {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:N}. */
    public static DeviceChoice parse(String text) {
        Matcher form = FORM.matcher(text.toLowerCase(Locale.ROOT));
        if (!form.matches()) {
            throw new InputException("it must be auto, cpu, gpu or gpu:N with N from 0.");
        }
        return form.group(1) == null
                ? new DeviceChoice(Processor.GPU, Integer.parseInt(form.group(2)))
                : new DeviceChoice(Processor.valueOf(form.group(1).toUpperCase(Locale.ROOT)), 0);
    }

    /** The forms, for {@code --help}. */
    public static String describe() {
        return "auto|cpu|gpu|gpu:N";
    }

    @Override
    public String toString() {
        return processor.name().toLowerCase(Locale.ROOT) + (index == 0 ? "" : ":" + index);
    }
}
