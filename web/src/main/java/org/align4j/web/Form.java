package org.align4j.web;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/**
 * A form that was sent as {@code multipart/form-data}: its fields in any order, and one file that went to where the reader said, as it came.
 *
 * @param fields texts by name
 * @param fileName what the client calls the file; never a path of this machine
 */
public record Form(Map<String, String> fields, @Nullable String fileName) {
    private static final int LONGEST_FIELD = 64 << 10;
    private static final int MOST_PARTS = 100;
    private static final int PIECE = 1 << 16;

    /** Keeps the order of the fields. */
    public Form {
        fields = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /**
     * Reads a request's form.
     *
     * @param file the name of the field that holds the file
     * @param target takes the file's bytes; the caller closes it
     * @param most bytes that the whole form may have
     * @throws Refusal if it is no such form (400), too long (413) or too slow (408)
     */
    public static Form read(Context ctx, String file, OutputStream target, long most) throws IOException {
        String type = ctx.req().getContentType();
        String boundary =
                type == null || !type.startsWith("multipart/form-data") ? null : MultiPart.extractBoundary(type);
        if (boundary == null || boundary.isEmpty()) {
            throw new Refusal(
                    415,
                    "The request's Content-Type isn't multipart/form-data with a boundary; send the file as a form.");
        }
        Reader reader = new Reader(file, target);
        MultiPart.Parser parser = new MultiPart.Parser(boundary, reader);
        parser.setMaxParts(MOST_PARTS);
        parser.setPartHeadersMaxLength(LONGEST_FIELD);
        byte[] piece = new byte[PIECE];
        try (InputStream in = Body.stream(ctx, most)) {
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                parser.parse(Content.Chunk.from(ByteBuffer.wrap(piece, 0, count), false));
                reader.rethrow();
            }
            parser.parse(Content.Chunk.EOF);
            reader.rethrow();
        }
        if (!reader.complete) {
            throw new Refusal(400, "The request's form ends before its last boundary; send it whole.");
        }
        return new Form(reader.fields, reader.fileName);
    }

    private static final class Reader implements MultiPart.Parser.Listener {
        private final String file;
        private final OutputStream target;
        private final Map<String, String> fields = new LinkedHashMap<>();
        private final ByteArrayOutputStream text = new ByteArrayOutputStream();
        private @Nullable String fileName;
        private @Nullable String name;
        private @Nullable Exception failure;
        private boolean complete;

        Reader(String file, OutputStream target) {
            this.file = file;
            this.target = target;
        }

        @Override
        public void onPartBegin() {
            name = null;
            text.reset();
        }

        @Override
        public void onPartHeader(String header, String value) {
            if (!header.equalsIgnoreCase("Content-Disposition")) {
                return;
            }
            name = parameter(value, "name");
            if (!file.equals(name)) {
                return;
            }
            if (fileName != null) {
                failure = new Refusal(400, "The request's form holds two files under " + file + "; send one.");
            }
            String given = parameter(value, "filename");
            fileName = given == null ? file : given;
        }

        /** Returns a parameter of a header such as {@code form-data; name="file"; filename="rows.jsonl"}. */
        private static @Nullable String parameter(String header, String parameter) {
            int at = header.indexOf(';');
            while (at >= 0) {
                int equals = header.indexOf('=', at);
                if (equals < 0) {
                    return null;
                }
                String name = header.substring(at + 1, equals).strip();
                StringBuilder value = new StringBuilder();
                at = value(header, equals + 1, value);
                if (name.equalsIgnoreCase(parameter)) {
                    return value.toString();
                }
            }
            return null;
        }

        /** Reads the value at a place, in quotes or not, and returns where the semicolon behind it is; -1 where it is the last. */
        private static int value(String header, int from, StringBuilder value) {
            int at = from;
            while (at < header.length() && header.charAt(at) == ' ') {
                at++;
            }
            boolean quoted = header.startsWith("\"", at);
            at += quoted ? 1 : 0;
            while (at < header.length() && header.charAt(at) != (quoted ? '"' : ';')) {
                at += quoted && header.charAt(at) == '\\' && at + 1 < header.length() ? 1 : 0;
                value.append(header.charAt(at++));
            }
            if (!quoted) {
                String plain = value.toString().strip();
                value.setLength(0);
                value.append(plain);
                return at < header.length() ? at : -1;
            }
            String told = value.toString().replace("%22", "\""); // as browsers write a quote
            value.setLength(0);
            value.append(told);
            return header.indexOf(';', at);
        }

        @Override
        public void onPartContent(Content.Chunk chunk) {
            byte[] bytes = new byte[chunk.remaining()];
            chunk.getByteBuffer().get(bytes);
            if (failure != null || name == null) {
                return;
            }
            try {
                if (file.equals(name)) {
                    target.write(bytes);
                } else if (text.size() + bytes.length > LONGEST_FIELD) {
                    failure = new Refusal(
                            413,
                            "A field of the request's form is longer than " + LONGEST_FIELD + " bytes; send less.");
                } else {
                    text.write(bytes);
                }
            } catch (IOException | Refusal e) {
                failure = e;
            }
        }

        @Override
        public void onPartEnd() {
            if (name != null && !file.equals(name)) {
                fields.put(name, text.toString(StandardCharsets.UTF_8));
            }
        }

        @Override
        public void onComplete() {
            complete = true;
        }

        @Override
        public void onFailure(Throwable unreadable) {
            if (failure == null) {
                failure = new Refusal(400, "The request's form can't be read; send multipart/form-data.");
            }
        }

        private void rethrow() throws IOException {
            if (failure instanceof IOException disk) {
                throw disk;
            }
            if (failure instanceof Refusal refusal) {
                throw refusal;
            }
        }
    }
}
