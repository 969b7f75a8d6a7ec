package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import ai.djl.util.Utils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/**
 * The platforms whose PyTorch a program has brought, and the one that it runs on.
 *
 * @param brought as PyTorch's archives call them, such as {@code linux-x86_64}
 * @param here this machine's
 */
record PlatformNatives(List<String> brought, String here) {
    /** Lists what is on the class path of this process. */
    static PlatformNatives onClassPath() {
        List<String> platforms = new ArrayList<>();
        try {
            for (URL place :
                    Collections.list(Utils.class.getClassLoader().getResources("native/lib/pytorch.properties"))) {
                try (InputStream in = place.openStream()) {
                    Properties properties = new Properties();
                    properties.load(in);
                    platforms.add(properties.getProperty("classifier", ""));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new PlatformNatives(
                platforms, name(System.getProperty("os.name", ""), System.getProperty("os.arch", "")));
    }

    /** Names a platform as PyTorch's archives do. */
    static String name(String system, String architecture) {
        String named = system.startsWith("Mac")
                ? "osx"
                : system.startsWith("Windows") ? "win" : system.toLowerCase(Locale.ROOT);
        return named + "-" + (architecture.equals("amd64") ? "x86_64" : architecture);
    }

    /** Returns whether this machine's are among them. */
    boolean hasOwn() {
        return brought.contains(here);
    }

    /** Returns what is missing and what brings it; empty where nothing is. */
    Optional<String> missing() {
        if (hasOwn()) {
            return Optional.empty();
        }
        String line = format(
                "<dependency><groupId>org.align4j</groupId><artifactId>alignment-natives-%1$s</artifactId><version>%2$s</version>"
                        + "<type>pom</type></dependency> in Maven, runtimeOnly(\"org.align4j:alignment-natives-%1$s:%2$s\") in Gradle",
                here, Version.text());
        return Optional.of(
                brought.isEmpty()
                        ? format(
                                "PyTorch's libraries for %s are not on the class path; add to the program's build: %s.",
                                here, line)
                        : format(
                                "PyTorch's libraries here are those of %s, but this is %s; take the zip of this platform (mvn -B package"
                                        + " -DskipTests -Dplatform=%s), or add to a program's build: %s.",
                                String.join(" and ", brought), here, here, line));
    }
}
