package org.align4j.serve.grade;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleBinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.Shortened;

/**
 * A formula over the names of graders: numbers, {@code + - * / ^}, parentheses, and {@code min max abs floor ceil exp sqrt log}. It is read once into a
 * tree of bounded size and depth, and holds no code.
 */
public final class Formula {
    private static final int MOST_CHARACTERS = 4096;
    private static final int DEEPEST = 64;
    private static final Pattern NUMBER = Pattern.compile("(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
    private static final Pattern WORD = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]*");

    private final String written;
    private final Part tree;
    private final Set<String> used;

    private Formula(String written, Part tree, Set<String> used) {
        this.written = written;
        this.tree = tree;
        this.used = used;
    }

    /** A part that has a value once the graders have theirs. */
    private interface Part {
        double value(Map<String, Double> scores);
    }

    /** Says that a formula can't be read; the message is a sentence without its subject. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message);
        }
    }

    /**
     * Reads a formula.
     *
     * @param names of the graders that it may use
     */
    static Formula parse(String written, Set<String> names) throws Unreadable {
        if (written.length() > MOST_CHARACTERS) {
            throw new Unreadable("has " + written.length() + " characters, but may have " + MOST_CHARACTERS);
        }
        Reader reader = new Reader(written, names);
        Part tree = reader.whole();
        return new Formula(written, tree, reader.used);
    }

    /** Returns the graders that it uses. */
    Set<String> used() {
        return used;
    }

    /** Returns its value, which may be infinite or none. */
    double value(Map<String, Double> scores) {
        return tree.value(scores);
    }

    @Override
    public String toString() {
        return written;
    }

    /** Functions by the names that OpenAI's page lists. */
    private enum Function {
        MIN(2, Integer.MAX_VALUE),
        MAX(2, Integer.MAX_VALUE),
        ABS(1, 1),
        FLOOR(1, 1),
        CEIL(1, 1),
        EXP(1, 1),
        SQRT(1, 1),
        LOG(1, 1);

        private final int least;
        private final int most;

        Function(int least, int most) {
            this.least = least;
            this.most = most;
        }

        double of(double[] values) {
            return switch (this) {
                case MIN -> Arrays.stream(values).reduce(Math::min).orElseThrow();
                case MAX -> Arrays.stream(values).reduce(Math::max).orElseThrow();
                case ABS -> Math.abs(values[0]);
                case FLOOR -> Math.floor(values[0]);
                case CEIL -> Math.ceil(values[0]);
                case EXP -> Math.exp(values[0]);
                case SQRT -> Math.sqrt(values[0]);
                case LOG -> Math.log(values[0]);
            };
        }
    }

    /** Descends through the formula: sums of products of powers. */
    private static final class Reader {
        private final String text;
        private final List<String> names;
        private final Set<String> used = new LinkedHashSet<>();
        private int at;
        private int depth;

        Reader(String text, Set<String> names) {
            this.text = text;
            this.names = names.stream()
                    .sorted(Comparator.comparingInt(String::length).reversed())
                    .toList();
        }

        Part whole() throws Unreadable {
            Part sum = sum();
            if (at < text.length()) {
                throw wrong("an operator or the end");
            }
            return sum;
        }

        private Part sum() throws Unreadable {
            if (++depth > DEEPEST) {
                throw new Unreadable("is nested more than " + DEEPEST + " deep");
            }
            List<Part> parts = new ArrayList<>(List.of(product()));
            List<DoubleBinaryOperator> operators = new ArrayList<>();
            while (true) {
                if (takes('+')) {
                    operators.add(Double::sum);
                } else if (takes('-')) {
                    operators.add((a, b) -> a - b);
                } else {
                    depth--;
                    return chain(parts, operators);
                }
                parts.add(product());
            }
        }

        private Part product() throws Unreadable {
            List<Part> parts = new ArrayList<>(List.of(signed()));
            List<DoubleBinaryOperator> operators = new ArrayList<>();
            while (true) {
                if (takes('*')) {
                    operators.add((a, b) -> a * b);
                } else if (takes('/')) {
                    operators.add((a, b) -> a / b);
                } else {
                    return chain(parts, operators);
                }
                parts.add(signed());
            }
        }

        /** Applies operators from left to right, without a call for each. */
        private static Part chain(List<Part> parts, List<DoubleBinaryOperator> operators) {
            if (operators.isEmpty()) {
                return parts.get(0);
            }
            return scores -> {
                double value = parts.get(0).value(scores);
                for (int i = 0; i < operators.size(); i++) {
                    value = operators
                            .get(i)
                            .applyAsDouble(value, parts.get(i + 1).value(scores));
                }
                return value;
            };
        }

        private Part signed() throws Unreadable {
            boolean minus = false;
            while (true) {
                if (takes('-')) {
                    minus = !minus;
                } else if (!takes('+')) {
                    Part power = power();
                    return minus ? scores -> -power.value(scores) : power;
                }
            }
        }

        /** A power binds more than a sign before it and less than one after it; of several the last comes first. */
        private Part power() throws Unreadable {
            Part base = atom();
            if (!takes('^')) {
                return base;
            }
            if (++depth > DEEPEST) {
                throw new Unreadable("is nested more than " + DEEPEST + " deep");
            }
            Part exponent = signed();
            depth--;
            return scores -> Math.pow(base.value(scores), exponent.value(scores));
        }

        private Part atom() throws Unreadable {
            space();
            if (takes('(')) {
                Part inner = sum();
                require(')');
                return inner;
            }
            Matcher number = NUMBER.matcher(text).region(at, text.length());
            if (number.lookingAt()) {
                at = number.end();
                double value = Double.parseDouble(number.group());
                return scores -> value;
            }
            return named();
        }

        private Part named() throws Unreadable {
            Matcher word = WORD.matcher(text).region(at, text.length());
            boolean isWord = word.lookingAt();
            if (isWord && isCall(word.end())) {
                return call(word.group(), word.end());
            }
            for (String name : names) {
                int end = at + name.length();
                boolean inWord = end < text.length()
                        && Character.isLetterOrDigit(text.charAt(end))
                        && Character.isLetterOrDigit(text.charAt(end - 1));
                if (text.startsWith(name, at) && !inWord) {
                    at = end;
                    used.add(name);
                    return scores -> scores.getOrDefault(name, 0.0);
                }
            }
            if (isWord) {
                throw new Unreadable("names '" + Shortened.of(word.group()) + "', which is no grader; there are "
                        + Shortened.list(new TreeSet<>(names)));
            }
            throw wrong("a number, a grader's name, a function or (");
        }

        private boolean isCall(int from) {
            int next = from;
            while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
                next++;
            }
            return next < text.length() && text.charAt(next) == '(';
        }

        private Part call(String word, int end) throws Unreadable {
            Function function = Arrays.stream(Function.values())
                    .filter(each -> each.name().equals(word.toUpperCase(java.util.Locale.ROOT))
                            && word.equals(word.toLowerCase(java.util.Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new Unreadable("calls '" + Shortened.of(word)
                            + "', but the functions are min, max, abs, floor, ceil, exp, sqrt and log"));
            at = end;
            require('(');
            List<Part> arguments = new ArrayList<>(List.of(sum()));
            while (takes(',')) {
                arguments.add(sum());
            }
            require(')');
            if (arguments.size() < function.least || arguments.size() > function.most) {
                throw new Unreadable("calls " + word + " with " + arguments.size() + " values, but it takes "
                        + (function.most == 1 ? "one" : "two or more"));
            }
            return scores -> function.of(arguments.stream()
                    .mapToDouble(argument -> argument.value(scores))
                    .toArray());
        }

        private void space() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }

        private boolean takes(char sign) {
            space();
            if (at < text.length() && text.charAt(at) == sign) {
                at++;
                space();
                return true;
            }
            return false;
        }

        private void require(char sign) throws Unreadable {
            if (!takes(sign)) {
                throw wrong(String.valueOf(sign));
            }
        }

        private Unreadable wrong(String wanted) {
            String found = at < text.length() ? "'" + text.charAt(at) + "'" : "its end";
            return new Unreadable("has " + found + " at character " + (at + 1) + ", where " + wanted + " should be");
        }
    }
}
