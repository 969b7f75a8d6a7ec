package org.align4j.testing;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The process in which tests run: its arguments are the tags left out, and test classes; {@code +} before a class leaves nothing of it out. */
final class Fork {
    /** A line of this process's output that says something of a test begins with it. */
    static final String MARK = "@align4j-test@";

    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    private Fork() {}

    /** Runs the classes in their order. */
    public static void main(String[] arguments) {
        for (int i = 1; i < arguments.length; i++) {
            boolean whole = arguments[i].startsWith("+");
            String name = whole ? arguments[i].substring(1) : arguments[i];
            LauncherDiscoveryRequestBuilder request =
                    LauncherDiscoveryRequestBuilder.request().selectors(selectClass(name));
            if (!whole && !arguments[0].isEmpty()) {
                request.filters(TagFilter.excludeTags(arguments[0].split(",")));
            }
            run(name, request.build());
        }
        System.exit(0);
    }

    private static void run(String name, LauncherDiscoveryRequest request) {
        Listener listener = new Listener(name);
        long start = System.nanoTime();
        LauncherFactory.create().execute(request, listener);
        say(
                "class",
                name,
                Integer.toString(listener.passed),
                Integer.toString(listener.failed),
                Integer.toString(listener.skipped),
                Long.toString((System.nanoTime() - start) / 1_000_000));
    }

    private static synchronized void say(String... words) {
        OUT.println("\n" + MARK + String.join("\t", words));
    }

    private static final class Listener implements TestExecutionListener {
        private final String name;
        private int passed;
        private int failed;
        private int skipped;

        Listener(String name) {
            this.name = name;
        }

        @Override
        public synchronized void executionSkipped(TestIdentifier test, String reason) {
            skipped++;
        }

        @Override
        public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
                passed += test.isTest() ? 1 : 0;
            } else if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
                skipped++;
            } else {
                failed++;
                StringWriter trace = new StringWriter();
                result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(new PrintWriter(trace)));
                say(
                        "failed",
                        name,
                        test.getDisplayName(),
                        Base64.getEncoder().encodeToString(trace.toString().getBytes(StandardCharsets.UTF_8)));
            }
        }
    }
}
