package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.web.Refusal;

/**
 * What a client asks with {@code forward_backward}: sequences, a loss, and whether the gradient is wanted.
 *
 * @param model id of the model
 * @param number of the call among the model's
 * @param data the sequences with what the loss needs of each
 * @param loss the loss's name
 * @param numbers the loss's settings
 * @param forwardOnly whether the gradient stays as it is
 */
record ForwardCall(
        String model, long number, List<Datum> data, String loss, Map<String, Double> numbers, boolean forwardOnly) {
    private static final int BAD_REQUEST = 400;
    private static final int MOST_DATA = 16_384;
    private static final int MOST_INPUTS = 16;
    private static final long MOST_VALUES = 1L << 25;

    /**
     * A sequence.
     *
     * @param tokens {@code [T]} that the model reads
     * @param inputs of the loss by their names
     */
    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    record Datum(int[] tokens, Map<String, Tensor> inputs) {
        private long size() {
            return tokens.length
                    + inputs.values().stream()
                            .mapToLong(input -> input.values().length)
                            .sum();
        }
    }

    /**
     * Reads whose call it is from a body that may be wrong behind that; an empty name and 0 where that can't be read either.
     *
     * @param body the message {@code ForwardBackwardRequest}
     */
    static ForwardCall peek(byte[] body) {
        String model = "";
        long number = 0;
        try {
            ProtoReader message = ProtoReader.of(body);
            while (message.next() && (model.isEmpty() || number == 0)) {
                switch (message.field()) {
                    case 1 -> model = message.text();
                    case 2 -> number = message.whole();
                    default -> message.skip();
                }
            }
        } catch (Refusal wrong) {
            // what was read so far is all there is
        }
        return new ForwardCall(model, number, List.of(), "", Map.of(), false);
    }

    /**
     * Reads a body.
     *
     * @param body the message {@code ForwardBackwardRequest}
     * @param longest tokens that a sequence may have
     * @throws Refusal 400 where it is no such message, or asks for what isn't here
     */
    static ForwardCall read(byte[] body, int longest) {
        ProtoReader message = ProtoReader.of(body);
        String model = "";
        long number = 0;
        String loss = "";
        boolean forwardOnly = false;
        List<Datum> data = new ArrayList<>();
        Map<String, Double> numbers = new LinkedHashMap<>();
        long values = 0;
        while (message.next()) {
            switch (message.field()) {
                case 1 -> model = message.text();
                case 2 -> number = message.whole();
                case 3 -> {
                    Datum datum = datum(message.message(), data.size(), longest);
                    values += datum.size();
                    if (values > MOST_VALUES) {
                        throw refused(format(
                                "data holds more than %d values; send the sequences in several calls.", MOST_VALUES));
                    }
                    data.add(datum);
                }
                case 4 -> loss = message.text();
                case 5, 7 -> setting(message.message(), message.field() == 7, numbers);
                case 6 -> forwardOnly = message.whole() != 0;
                default -> message.skip();
            }
        }
        if (data.isEmpty()) {
            throw refused("data is empty, but a call needs a sequence at least.");
        }
        return new ForwardCall(model, number, List.copyOf(data), loss, Map.copyOf(numbers), forwardOnly);
    }

    private static void setting(ProtoReader entry, boolean worded, Map<String, Double> numbers) {
        String name = "";
        double value = 0;
        while (entry.next()) {
            if (entry.field() == 1) {
                name = entry.text();
            } else if (entry.field() == 2 && worded) {
                ProtoReader given = entry.message();
                while (given.next()) {
                    if (given.field() != 1) {
                        throw refused(format(
                                "loss_fn_config.%s is a text, but losses here take numbers only.", Shortened.of(name)));
                    }
                    value = given.number();
                }
            } else if (entry.field() == 2) {
                value = entry.number();
            } else {
                entry.skip();
            }
        }
        if (numbers.size() >= MOST_INPUTS) {
            throw refused("loss_fn_config has more settings than any loss here takes.");
        }
        numbers.put(name, value);
    }

    private static Datum datum(ProtoReader message, int place, int longest) {
        if (place >= MOST_DATA) {
            throw refused(format("data has more than %d sequences; send them in several calls.", MOST_DATA));
        }
        List<ByteBuffer> chunks = new ArrayList<>();
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        while (message.next()) {
            switch (message.field()) {
                case 1 -> chunks.add(chunk(message.message(), place));
                case 2 -> input(message.message(), place, inputs);
                default -> message.skip(); // where tokens come from, which only stable_reinforce asks
            }
        }
        long count = chunks.stream().mapToLong(ByteBuffer::remaining).sum() / Integer.BYTES;
        if (count == 0 || count > longest) {
            throw refused(format(
                    "data[%d] has %d tokens, but a sequence of this model has 1 to %d; cut it.",
                    place, count, longest));
        }
        int[] tokens = new int[(int) count];
        int at = 0;
        for (ByteBuffer chunk : chunks) {
            chunk.asIntBuffer().get(tokens, at, chunk.remaining() / Integer.BYTES);
            at += chunk.remaining() / Integer.BYTES;
        }
        return new Datum(tokens, inputs);
    }

    private static ByteBuffer chunk(ProtoReader message, int place) {
        ByteBuffer tokens = ByteBuffer.allocate(0);
        while (message.next()) {
            if (message.field() != 1) {
                throw refused(format(
                        "data[%d] holds an image or audio, but models here read text only: encoded_text.", place));
            }
            ProtoReader text = message.message();
            while (text.next()) {
                if (text.field() == 1) {
                    tokens = text.bytes();
                } else {
                    text.skip();
                }
            }
        }
        if (tokens.remaining() % Integer.BYTES != 0) {
            throw refused(
                    format("data[%d] has %d bytes of tokens, but a token has 4 bytes.", place, tokens.remaining()));
        }
        return tokens;
    }

    private static void input(ProtoReader entry, int place, Map<String, Tensor> inputs) {
        String name = "";
        ProtoReader value = null;
        while (entry.next()) {
            switch (entry.field()) {
                case 1 -> name = entry.text();
                case 2 -> value = entry.message();
                default -> entry.skip();
            }
        }
        String said = format("data[%d].loss_fn_inputs.%s", place, Shortened.of(name));
        if (value == null || inputs.size() >= MOST_INPUTS) {
            throw refused(said + " has no value, or is one of too many.");
        }
        inputs.put(name, Tensor.read(said, value));
    }

    private static Refusal refused(String message) {
        return new Refusal(BAD_REQUEST, message);
    }
}
