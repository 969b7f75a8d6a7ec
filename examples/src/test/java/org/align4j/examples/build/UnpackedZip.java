package org.align4j.examples.build;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The folder that people unpack, with the class path of this test instead of the zip's jars. */
final class UnpackedZip {
    private static final Path SCRIPT =
            Path.of(System.getProperty("align4j.root")).resolve("align");

    private UnpackedZip() {}

    /** Writes one jar whose manifest names the class path of this test. */
    static void writeJar(Path file) throws IOException {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        StringJoiner entries = new StringJoiner(" ");
        for (String entry : path.split(File.pathSeparator)) {
            entries.add(Path.of(entry).toUri().toString());
        }
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, entries.toString());
        try (OutputStream jar = Files.newOutputStream(file)) {
            new JarOutputStream(jar, manifest).close();
        }
    }

    /** Lays out {@code bin/align} and {@code lib} in a folder that is to be new; returns the script. */
    static Path at(Path home) throws IOException {
        Files.createDirectories(home.resolve("bin"));
        Files.createDirectory(home.resolve("lib"));
        writeJar(home.resolve("lib/all.jar"));
        return Files.copy(SCRIPT, home.resolve("bin/align"));
    }
}
