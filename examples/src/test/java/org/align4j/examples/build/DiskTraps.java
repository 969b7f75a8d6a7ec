package org.align4j.examples.build;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FileWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;

/** One method for each way in which a program changes the disk: {@link DiskRule} must see all of them. */
final class DiskTraps {
    private DiskTraps() {}

    static void write(Path file) throws IOException {
        Files.write(file, new byte[1]);
    }

    static void writeString(Path file) throws IOException {
        Files.writeString(file, "x");
    }

    static void newOutputStream(Path file) throws IOException {
        Files.newOutputStream(file).close();
    }

    static void newBufferedWriter(Path file) throws IOException {
        Files.newBufferedWriter(file).close();
    }

    static void newByteChannel(Path file) throws IOException {
        Files.newByteChannel(file, StandardOpenOption.WRITE).close();
    }

    static void copy(Path file) throws IOException {
        Files.copy(file, file.resolveSibling("other"));
    }

    static void move(Path file) throws IOException {
        Files.move(file, file.resolveSibling("other"));
    }

    static void delete(Path file) throws IOException {
        Files.delete(file);
    }

    static void deleteIfExists(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    static void createDirectories(Path folder) throws IOException {
        Files.createDirectories(folder);
    }

    static void createTempFile() throws IOException {
        Files.createTempFile("a", "b");
    }

    static void createSymbolicLink(Path link) throws IOException {
        Files.createSymbolicLink(link, link);
    }

    static void setAttribute(Path file) throws IOException {
        Files.setAttribute(file, "unix:mode", 0600);
    }

    static void open(Path file) throws IOException {
        FileChannel.open(file, StandardOpenOption.WRITE).close();
    }

    static void stream(String name) throws IOException {
        new FileOutputStream(name).close();
    }

    static void randomAccess(File file) throws IOException {
        new RandomAccessFile(file, "rw").close();
    }

    static void writer(File file) throws IOException {
        new FileWriter(file, StandardCharsets.UTF_8).close();
    }

    static void printWriter(String name) throws IOException {
        new PrintWriter(name, StandardCharsets.UTF_8).close();
    }

    static void printStream(File file) throws IOException {
        new PrintStream(file, StandardCharsets.UTF_8).close();
    }

    static boolean mkdirs(File folder) {
        return folder.mkdirs();
    }

    static boolean renameTo(File file) {
        return file.renameTo(file);
    }

    static Predicate<File> deleteByReference() {
        return File::delete;
    }

    static void deleteOnExit(File file) {
        file.deleteOnExit();
    }

    static void jackson(File file) throws IOException {
        new ObjectMapper().writeValue(file, 1);
    }

    static void jacksonWriter(File file) throws IOException {
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file, 1);
    }

    /** Reads, and writes what is open already: nothing here changes the disk by itself. */
    static final class Harmless {
        private Harmless() {}

        static void read(Path file, WritableByteChannel channel) throws IOException {
            Files.newBufferedReader(file).close();
            Files.newInputStream(file).close();
            Files.copy(file, System.out);
            channel.write(ByteBuffer.allocate(1));
            new PrintWriter(new StringWriter()).flush();
            new FileOutputStream(FileDescriptor.out).flush();
            new ObjectMapper().writeValueAsBytes(new ObjectMapper().readTree(file.toFile()));
        }
    }
}
