package org.align4j.core.cli;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.stop.StopSignal;

/**
 * Another process that started this one and holds its standard input, as {@code ALIGN4J_SUPERVISOR=stdin} says. Where it closes that pipe,
 * or dies, this process saves and ends as SIGTERM would have it; {@code ALIGN4J_STOP_AFTER=N} has a training do so once it has N steps.
 */
final class Supervisor {
    private static final String VARIABLE = "ALIGN4J_SUPERVISOR";
    private static final String BY_PIPE = "stdin";
    private static final String LAST_STEP = "ALIGN4J_STOP_AFTER";
    private static final Pattern STEPS = Pattern.compile("[1-9][0-9]{0,8}");

    private Supervisor() {}

    /**
     * Refuses what the variable can't mean.
     *
     * @throws InputException naming the one value that it may have
     */
    static void require(Map<String, String> environment) {
        String given = environment.get(VARIABLE);
        if (given != null && !given.equals(BY_PIPE)) {
            throw new InputException(format(
                    "%s is %s but must be %s (the end of standard input saves and ends, as SIGTERM does) or not set.",
                    VARIABLE, Shortened.of(given), BY_PIPE));
        }
        String last = environment.get(LAST_STEP);
        if (last != null && !STEPS.matcher(last).matches()) {
            throw new InputException(format(
                    "%s is %s but must be a whole number of optimizer steps, at least 1, after which a training saves and ends.",
                    LAST_STEP, Shortened.of(last)));
        }
    }

    /**
     * Takes standard input for the supervisor where there is one: the process is stopped at its end, and nothing else can read it; and the
     * step at which a training ends, where one is set.
     */
    static void obey(Map<String, String> environment) {
        if (BY_PIPE.equals(environment.get(VARIABLE))) {
            StopSignal.atEndOf(System.in);
            System.setIn(new Taken());
        }
        String last = environment.get(LAST_STEP);
        if (last != null && STEPS.matcher(last).matches()) {
            StopSignal.afterStep(Integer.parseInt(last));
        }
    }

    /** Takes the place of standard input, which belongs to the supervisor. */
    private static final class Taken extends InputStream {
        @Override
        public int read() throws IOException {
            return read(new byte[1], 0, 1);
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            throw new IOException("standard input is the pipe of a supervisor (" + VARIABLE + "=" + BY_PIPE
                    + "); name a file, or leave the variable out");
        }
    }
}
