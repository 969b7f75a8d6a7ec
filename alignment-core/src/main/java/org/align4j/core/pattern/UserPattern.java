package org.align4j.core.pattern;

import static org.align4j.core.error.RootFormat.format;

import java.util.Optional;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression that a user gave. Java tries all ways in which repetitions such as {@code (.*)(.*)(.*)b} can share a
 * text, which may take years; here a search ends at a stop signal, and as an error once it has read too many characters.
 */
public final class UserPattern {
    /** What any text may be read; besides, twice from each of its places to the end and back. */
    private static final int SOME_READ = 1_000_000;

    /** Read in some seconds: what a text of 7,000 characters may be read by that rule. */
    private static final int MOST_READ = 100_000_000;

    private final String what;
    private final Pattern pattern;
    private final @Nullable SearchAllowance allowance;

    private UserPattern(String what, Pattern pattern, @Nullable SearchAllowance allowance) {
        this.what = what;
        this.pattern = pattern;
        this.allowance = allowance;
    }

    /** Returns this expression, whose searches count among all of a file. */
    public UserPattern within(SearchAllowance shared) {
        return new UserPattern(what, pattern, shared);
    }

    /**
     * Compiles an expression whose dot stands for any character but a line end.
     *
     * @param what names in messages where it stands
     * @throws InputException if it is no regular expression
     */
    public static UserPattern of(String what, String expression) {
        return of(what, expression, 0);
    }

    /** Reads an expression as {@link #of(String, String)} does, but the dot stands for line ends too. */
    public static UserPattern acrossLines(String what, String expression) {
        return of(what, expression, Pattern.DOTALL);
    }

    /**
     * Reads an expression as {@link #of(String, String)} does, but for letters in either case, of any alphabet; only a line feed is
     * a line end.
     */
    public static UserPattern inEitherCase(String what, String expression) {
        return of(what, expression, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNIX_LINES);
    }

    private static UserPattern of(String what, String expression, int flags) {
        try {
            return new UserPattern(what, Pattern.compile(expression, flags), null);
        } catch (PatternSyntaxException e) {
            throw new InputException(
                    format(
                            "%s is \"%s\" but must be a regular expression: %s at character %d.",
                            what, Shortened.of(expression), e.getDescription(), e.getIndex() + 1),
                    e);
        }
    }

    /** Returns the expression as it was given. */
    public String expression() {
        return pattern.pattern();
    }

    /** Returns how many groups the expression has. */
    public int groups() {
        return pattern.matcher("").groupCount();
    }

    /** Returns whether the whole text matches. */
    public boolean matches(String text) {
        return ask(text, Matcher::matches);
    }

    /** Returns whether a part of the text matches. */
    public boolean isIn(String text) {
        return ask(text, Matcher::find);
    }

    /** Counts the parts of the text that match, none of which overlaps another. */
    public int count(String text) {
        return ask(text, matcher -> {
            int count = 0;
            while (matcher.find()) {
                count++;
            }
            return count;
        });
    }

    /** Finds the match at the text's start; empty where there is none. */
    public Optional<MatchResult> atStart(String text) {
        return ask(text, matcher -> matcher.lookingAt() ? Optional.of(matcher.toMatchResult()) : Optional.empty());
    }

    /** Finds the first group of the text's last match; null where nothing matches or the group took no part. */
    public @Nullable String lastGroup(String text) {
        Optional<String> last = ask(text, matcher -> {
            String found = null;
            while (matcher.find()) {
                found = matcher.group(1);
            }
            return Optional.ofNullable(found);
        });
        return last.orElse(null);
    }

    private <T> T ask(String text, Function<Matcher, T> question) {
        BoundedText bounded = new BoundedText(text, most(text));
        if (allowance != null) {
            allowance.require();
        }
        try {
            return question.apply(pattern.matcher(bounded));
        } catch (BoundedText.Exhausted | StackOverflowError e) {
            throw new InputException(
                    format(
                            "%s is \"%s\", which does not come to an end on a text of %d characters; use fewer repetitions that can"
                                    + " take the same characters, such as (.*)(.*), or make them possessive: .*+.",
                            what, Shortened.of(pattern.pattern()), text.length()),
                    e);
        } finally {
            if (allowance != null) {
                allowance.charge(bounded.read(), text.length());
            }
        }
    }

    private static int most(String text) {
        return (int) Math.min(MOST_READ, SOME_READ + 2L * text.length() * text.length());
    }

    /** A text that may be read so many characters' worth, and asks whether to stop now and then. */
    private static final class BoundedText implements CharSequence {
        private static final int ASK_EVERY = 1 << 16;

        private final String text;
        private final int most;
        private int read;

        BoundedText(String text, int most) {
            this.text = text;
            this.most = most;
        }

        /** Says that a pattern read more of a text than it may. */
        static final class Exhausted extends RuntimeException {
            private static final long serialVersionUID = 1L;

            Exhausted() {
                super("too many characters read", null, false, false);
            }
        }

        /** Returns how many characters were read. */
        int read() {
            return read;
        }

        @Override
        public char charAt(int index) {
            if ((++read & (ASK_EVERY - 1)) == 0) {
                StopSignal.throwIfStopped();
                if (read > most) {
                    throw new Exhausted();
                }
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
