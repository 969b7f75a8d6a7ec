package org.align4j.core.kernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.align4j.core.files.FreshFile;

/** Writes kernel text as a TorchScript archive: a stored zip with a module {@code K} whose methods are the kernels. */
final class KernelArchive {
    private static final String HEAD =
            "class K(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n";

    /** Where the texts of the kernels lie: next to the package that calls them. */
    private static final String FOLDER = "/org/align4j/core/kernel/";

    private KernelArchive() {}

    /** Reads one of the texts that kernels are made of. */
    public static String resource(String name) {
        try (InputStream in = KernelArchive.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException("The kernel text " + name + " is missing from the class path.");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes {@code directory/name.pt} holding the methods of {@code text}. */
    static void write(Path directory, String name, String text) {
        String body =
                text.lines().map(line -> line.isBlank() ? "" : "  " + line).collect(Collectors.joining("\n", "", "\n"));
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(archive)) {
            zip.setMethod(ZipOutputStream.STORED);
            store(zip, name + "/version", "3\n".getBytes(StandardCharsets.US_ASCII));
            store(zip, name + "/constants.pkl", new byte[] {(byte) 0x80, 2, 0x29, 0x2e});
            store(zip, name + "/data.pkl", moduleState());
            store(zip, name + "/code/__torch__.py", (HEAD + body).getBytes(StandardCharsets.UTF_8));
            zip.finish();
            FreshFile.write(directory.resolve(name + ".pt"), archive.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException("The kernels could not be written to " + directory, e);
        }
    }

    /** Pickle of {@code K} with {@code training = True}. */
    private static byte[] moduleState() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x80, 2});
        out.write("c__torch__\nK\n".getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[] {0x71, 0, 0x29, (byte) 0x81, 0x7d, 0x28, 0x58, 8, 0, 0, 0});
        out.write("training".getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[] {0x71, 1, (byte) 0x88, 0x75, 0x62, 0x2e});
        return out.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        entry.setSize(bytes.length);
        entry.setCompressedSize(bytes.length);
        entry.setCrc(crc.getValue());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }
}
