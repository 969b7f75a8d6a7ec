package org.align4j.core.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    @TempDir
    Path directory;

    @Test
    void readsPartsWholeAndMapped() throws IOException {
        Path file = file("{'a':{'dtype':'F32','shape':[2,2],'data_offsets':[0,16]},'__metadata__':{'x':'y'}}", 16);
        SafetensorsFile read = SafetensorsFile.open(file);
        TensorEntry a = read.tensors().get("a");
        assertThat(read.metadata()).containsEntry("x", "y");
        assertThat(a.elements()).isEqualTo(4);
        assertThat(a.bytes()).isEqualTo(16);
        assertThat(a.map().isDirect() && a.map().isReadOnly()).isTrue();
        assertThat(a.map().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer middle = FloatBuffer.allocate(2);
        a.read(1, middle);
        assertThat(middle.array()).containsExactly(Arrays.copyOfRange(a.floats(), 1, 3));
        assertThatThrownBy(() -> a.read(3, FloatBuffer.allocate(2))).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'a':{'dtype':'F31','shape':[1],'data_offsets':[0,4]}} | 4 | tensor a has dtype \"F31\"; the format knows [BOOL,",
                "{'a':{'shape':[1],'data_offsets':[0,4]}} | 4 | tensor a has dtype missing",
                "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}} | 4 | tensor a has shape [-1] but a list of whole numbers",
                "{'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,4]}} | 4 | tensor a has shape [1.5]",
                "{'a':{'dtype':'F32','shape':4,'data_offsets':[0,4]}} | 4 | tensor a has shape 4",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}} | 4 | data_offsets [4, 0] but [begin, end] is required",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}} | 4 | data_offsets [0] but [begin, end] is required",
                "{'a':{'dtype':'F32','shape':[2,3],'data_offsets':[0,16]}} | 16 | tensor a has shape [2, 3] of F32, which is 24 bytes, but data_offsets [0, 16] hold 16",
                "{'a':{'dtype':'F4','shape':[3],'data_offsets':[0,1]}} | 1 | tensor a has shape [3] of F4, no whole bytes",
                "{'a':{'dtype':'F32','shape':[9000000000,9000000000],'data_offsets':[0,4]}} | 4 | more elements than a file can hold",
                "{'a':{'dtype':'F32','shape':[2,2],'data_offsets':[0,16]}} | 12 | tensor a with shape [2, 2] ends at byte",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 5 | its tensors end at byte",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 4 | tensor b begins at data offset 0 but the data before it end at 4, so tensors overlap",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[8,12]}} | 12 | so tensors leave a gap",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | 8 | Duplicate field 'a'",
                "{'a':7} | 0 | tensor a is described by 7",
                "{'__metadata__':{'x':1}} | 0 | __metadata__ has x = 1, which must be a string",
                "{'__metadata__':'x'} | 0 | __metadata__ is \"x\" but must be an object of strings",
                "[1] | 0 | its header is not a JSON object",
                "{'a': | 0 | its header is not valid JSON",
                "{} x | 0 | its header is not valid JSON",
            })
    void refusesDamagedHeaders(String header, int dataBytes, String message) throws IOException {
        Path file = file(header, dataBytes);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining(message);
    }

    @Test
    void refusesWhatIsNoSafetensorsFile() throws IOException {
        Path missing = directory.resolve("missing.safetensors");
        assertThatThrownBy(() -> SafetensorsFile.open(missing)).hasMessageContaining("does not exist");
        assertThatThrownBy(() -> SafetensorsFile.open(directory)).hasMessageContaining("it is a directory");
        Path empty = Files.write(directory.resolve("a"), new byte[3]);
        assertThatThrownBy(() -> SafetensorsFile.open(empty)).hasMessageContaining("3 bytes, too few");
        Path text = Files.writeString(directory.resolve("b"), "version https://git-lfs.github.com/spec/v1");
        assertThatThrownBy(() -> SafetensorsFile.open(text)).hasMessageContaining("no safetensors file");
        Path cut = Files.write(directory.resolve("c"), new byte[] {100, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
        assertThatThrownBy(() -> SafetensorsFile.open(cut)).hasMessageContaining("header of 100 bytes but has only 10");
    }

    @Test
    void integersAreMappedButAreNoWeights() throws IOException {
        Path file = file("{'ids':{'dtype':'I64','shape':[1],'data_offsets':[0,8]}}", 8);
        TensorEntry ids = SafetensorsFile.open(file).tensors().get("ids");
        assertThat(ids.map().getLong()).isEqualTo(0x0706050403020100L);
        assertThatThrownBy(ids::floats)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("model.safetensors: tensor ids is stored as I64, which is not supported");
    }

    @Test
    void tensorsBeyondTwoGigabytesAreReadInParts() throws IOException {
        long elements = 1_200_000_000L;
        String header = "{'a':{'dtype':'BF16','shape':[" + elements + "],'data_offsets':[0," + 2 * elements + "]}}";
        Path file = file(header, 0);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            long start = sparse.length();
            sparse.setLength(start + 2 * elements);
            sparse.seek(start + 2 * (elements - 1));
            sparse.write(new byte[] {(byte) 0x80, 0x3F});
        }
        TensorEntry a = SafetensorsFile.open(file).tensors().get("a");
        FloatBuffer last = FloatBuffer.allocate(2);
        a.read(elements - 2, last);
        assertThat(last.array()).containsExactly(0, 1);
        assertThatThrownBy(a::map)
                .isInstanceOf(InputException.class)
                .hasMessageContaining("tensor a needs 2400000000 bytes in one buffer, which holds at most 2147483647");
    }

    @Test
    void aFileCutAfterOpeningIsNoticed() throws IOException {
        Path file = file("{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}}", 16);
        TensorEntry a = SafetensorsFile.open(file).tensors().get("a");
        try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
            cut.setLength(cut.length() - 1);
        }
        assertThatThrownBy(a::floats).isInstanceOf(InputException.class).hasMessageContaining("changed while in use");
    }

    private Path file(String header, int dataBytes) throws IOException {
        byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        for (int i = 0; i < dataBytes; i++) {
            bytes.put((byte) i);
        }
        return Files.write(directory.resolve("model.safetensors"), bytes.array());
    }
}
