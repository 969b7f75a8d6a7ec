package org.align4j.core.machine;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;

/**
 * Holds the device that computes.
 *
 * @param processor what computes
 * @param index which GPU, from 0; 0 for the other kinds
 * @param others further GPUs, one for each further process of a training
 */
public record DeviceChoice(Processor processor, int index, List<Integer> others) {
    /** {@code AUTO} is a GPU where there is one, else the CPU. */
    public enum Processor {
        AUTO,
        CPU,
        GPU
    }

    private static final Pattern FORM = Pattern.compile("(auto|cpu|gpu)|gpu:(\\d{1,4})");
    private static final Pattern CARDS = Pattern.compile("gpu:\\d{1,4}(?:,gpu:\\d{1,4})+");

    /** Copies the list. */
    public DeviceChoice {
        others = List.copyOf(others);
    }

    /** Holds a single device. */
    public DeviceChoice(Processor processor, int index) {
        this(processor, index, List.of());
    }

    /** Reads {@code auto}, {@code cpu}, {@code gpu}, {@code gpu:N} or several cards, {@code gpu:N,gpu:M}. */
    public static DeviceChoice parse(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (CARDS.matcher(lower).matches()) {
            List<Integer> cards = Stream.of(lower.split(",", -1))
                    .map(card -> Integer.parseInt(card.substring("gpu:".length())))
                    .toList();
            if (cards.stream().distinct().count() < cards.size()) {
                throw new InputException("it names a card twice; each process needs one of its own.");
            }
            return new DeviceChoice(Processor.GPU, cards.get(0), cards.subList(1, cards.size()));
        }
        Matcher form = FORM.matcher(lower);
        if (!form.matches()) {
            throw new InputException(
                    "it must be auto, cpu, gpu, gpu:N with N from 0, or gpu:N,gpu:M,… with processes.");
        }
        return form.group(1) == null
                ? new DeviceChoice(Processor.GPU, Integer.parseInt(form.group(2)))
                : new DeviceChoice(Processor.valueOf(form.group(1).toUpperCase(Locale.ROOT)), 0);
    }

    /** Returns the forms of the option's value for {@code --help}. */
    public static String describe() {
        return "auto|cpu|gpu|gpu:N|gpu:N,gpu:M,…";
    }

    /** Counts the devices. */
    public int count() {
        return 1 + others.size();
    }

    /** Returns the first of the devices, on which the process computes that starts the others. */
    public DeviceChoice first() {
        return new DeviceChoice(processor, index);
    }

    @Override
    public String toString() {
        if (!others.isEmpty()) {
            return "gpu:" + index + others.stream().map(card -> ",gpu:" + card).collect(Collectors.joining());
        }
        return processor.name().toLowerCase(Locale.ROOT) + (index == 0 ? "" : ":" + index);
    }
}
