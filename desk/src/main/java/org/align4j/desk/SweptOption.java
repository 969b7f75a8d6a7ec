package org.align4j.desk;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.jspecify.annotations.Nullable;

/**
 * An option whose value differs from trial to trial, as {@code --set KEY=VALUES} gives it.
 *
 * @param key the option's name
 * @param values those that are tried, as typed or as JSON has them; null stands for unset. None for a range
 * @param range that values are drawn from; null for a list
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record SweptOption(
        String key, List<@Nullable Object> values, @Nullable Range range) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Pattern COUNT = Pattern.compile("(-?\\d{1,9})\\.\\.(-?\\d{1,9})");
    private static final String NUMBER = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?";
    private static final Pattern RANGE = Pattern.compile("(" + NUMBER + ")~(" + NUMBER + ")");
    private static final Pattern WHOLE = Pattern.compile("[+-]?\\d{1,9}");
    private static final int MOST_VALUES = 10_000;

    /** From this ratio of its ends on a range is drawn from in the logarithm. */
    private static final double DECADE = 10;

    private static final MathContext DIGITS = new MathContext(4);

    SweptOption {
        values = Collections.unmodifiableList(new ArrayList<>(values));
    }

    /**
     * Numbers from one to another, both included.
     *
     * @param whole whether they are whole numbers
     * @param logarithmic whether their logarithms are drawn evenly
     */
    record Range(double low, double high, boolean whole, boolean logarithmic) {}

    /**
     * Reads what {@code --set} gives.
     *
     * @throws InputException where it is none of the forms of docs/sweep.md
     */
    static SweptOption parse(String given) {
        int equals = given.indexOf('=');
        if (equals < 1 || equals == given.length() - 1) {
            throw wrong(format(
                    "set is %s but must be KEY=V1,V2 with an option's name and the values to try.",
                    Shortened.of(given)));
        }
        String key = Nearest.normal(given.substring(0, equals).strip().replaceFirst("^--", ""));
        String text = given.substring(equals + 1).strip();
        Matcher range = RANGE.matcher(text);
        if (range.matches()) {
            return new SweptOption(key, List.of(), range(key, range.group(1), range.group(2)));
        }
        Matcher count = COUNT.matcher(text);
        List<@Nullable Object> values = new ArrayList<>();
        if (count.matches()) {
            values.addAll(counted(key, Integer.parseInt(count.group(1)), Integer.parseInt(count.group(2))));
        } else {
            split(key, text).forEach(item -> values.add(value(key, item)));
        }
        if (new HashSet<>(values).size() < values.size()) {
            throw wrong(format("set gives %s one value twice (%s); keep one.", key, Shortened.of(text)));
        }
        return new SweptOption(key, values, null);
    }

    private static Range range(String key, String from, String to) {
        double low = Double.parseDouble(from);
        double high = Double.parseDouble(to);
        if (!(low < high)) {
            throw wrong(format("set gives %s the range %s~%s, whose first end must be the lower one.", key, from, to));
        }
        boolean whole = WHOLE.matcher(from).matches() && WHOLE.matcher(to).matches();
        return new Range(low, high, whole, !whole && low > 0 && high >= DECADE * low);
    }

    private static List<String> counted(String key, int from, int to) {
        if (from > to || (long) to - from >= MOST_VALUES) {
            throw wrong(format(
                    "set gives %s the values %d..%d but they must go up, and be at most %,d.",
                    key, from, to, MOST_VALUES));
        }
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
    }

    /** Splits at commas that are in no JSON. */
    private static List<String> split(String key, String text) {
        List<String> items = new ArrayList<>();
        int depth = 0;
        boolean quoted = false;
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            char next = text.charAt(at);
            if (quoted) {
                at += next == '\\' ? 1 : 0;
                quoted = next != '"';
            } else if (next == '"' && (depth > 0 || text.substring(from, at).isBlank())) {
                quoted = true;
            } else if (next == '[' || next == '{') {
                depth++;
            } else if (next == ']' || next == '}') {
                depth--;
            } else if (next == ',' && depth == 0) {
                items.add(text.substring(from, at).strip());
                from = at + 1;
            }
        }
        items.add(text.substring(from).strip());
        if (items.contains("")) {
            throw wrong(
                    format("set gives %s an empty value (%s); write values with one comma between them.", key, text));
        }
        return items;
    }

    private static @Nullable Object value(String key, String item) {
        if (!item.matches("(?s)[\\[{\"].*|null")) {
            if (item.contains("~")) {
                throw wrong(format(
                        "set gives %s the value %s, but a range low~high of two numbers stands alone.", key, item));
            }
            return item;
        }
        try {
            return JSON.readValue(item, Object.class);
        } catch (JsonProcessingException e) {
            throw new InputException(
                            format(
                                    "set gives %s the value %s, which begins like JSON and is none (%s).",
                                    key, Shortened.of(item), e.getOriginalMessage()),
                            e)
                    .about(Culprit.option("set"));
        }
    }

    /** Draws a value. */
    @Nullable
    Object draw(RandomGenerator random) {
        Range from = range;
        if (from == null) {
            return values.get(random.nextInt(values.size()));
        }
        if (from.whole()) {
            return Integer.toString(random.nextInt((int) from.low(), (int) from.high() + 1));
        }
        double part = random.nextDouble();
        double drawn = from.logarithmic()
                ? Math.exp(Math.log(from.low()) + part * Math.log(from.high() / from.low()))
                : from.low() + part * (from.high() - from.low());
        BigDecimal rounded = new BigDecimal(drawn).round(DIGITS);
        return rounded.max(BigDecimal.valueOf(from.low()))
                .min(BigDecimal.valueOf(from.high()))
                .toString();
    }

    static InputException wrong(String sentence) {
        return new InputException(sentence).about(Culprit.option("set"));
    }
}
