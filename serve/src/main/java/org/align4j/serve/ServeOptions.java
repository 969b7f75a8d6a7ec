package org.align4j.serve;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.web.AllowedAddresses;
import org.jspecify.annotations.Nullable;

/** The options of {@code align serve}. */
public record ServeOptions(
        @Option(help = "The folder of the server: its files, jobs, runs, models and keys; made where it is missing.")
        Path dir,

        @Option(
                help =
                        "Models that jobs start from and chats answer by, NAME=MODEL: clients ask for NAME; MODEL is a directory or a name on the hub.")
        Map<String, String> models,

        ListeningOptions listening,

        @Option(
                help =
                        "Jobs that train side by side, where the machine's memory allows; more finish more jobs per hour.",
                defaultValue = "1")
        int workers,

        LimitOptions limits,
        AddressOptions addresses,

        @Option(
                help =
                        "Whether paused jobs say queued and streamed completions come in one chunk, for clients that know no other way.",
                defaultValue = "false")
        boolean strictClients,

        @Option(
                help =
                        "Seconds after which a model that nobody asks leaves memory; longer answers the next one sooner.",
                defaultValue = "600")
        int idle,

        EngineOptions engine) {
    /** Where the server listens. */
    public record ListeningOptions(
            @Option(
                    help = "The address to listen on; any but loopback needs keys: align keys.",
                    defaultValue = "127.0.0.1")
            String host,

            @Option(help = "The port to listen on; 0 takes a free one.", defaultValue = "8411")
            int port) {}

    /** What a project may use. */
    public record LimitOptions(
            @Option(help = "Bytes that uploaded files of a project may take; larger holds more rows.", unset = "none")
            @Nullable
            Long quota,

            @Option(
                    help = "Jobs, and apart from them answers, that may wait; more are refused for the moment.",
                    defaultValue = "10000")
            int maxQueue,

            @Option(
                    help =
                            "Tokens of chats and completions that all keys of a project may have read and written in a minute; more are refused for the moment.",
                    unset = "none")
            @Nullable
            Integer tokensPerMinute,

            @Option(
                    help = "Like tokens-per-minute, for each key beside its project; more are refused for the moment.",
                    unset = "none")
            @Nullable
            Integer keyTokensPerMinute) {}

    /** Names and addresses of other machines. */
    public record AddressOptions(
            @Option(help = "Names that a proxy may call the server by, beside its address.", defaultValue = "")
            List<String> allowHost,

            @Option(
                    help =
                            "Addresses that graders and webhooks may be sent to: HOST, HOST:PORT or a network such as 10.0.0.0/8; a host's private addresses must be given as such.",
                    defaultValue = "")
            List<String> allowAddress,

            @Option(
                    help =
                            "A JSON file of addresses that are notified when jobs and batches end: [{\"url\", \"secret\", \"project\", \"events\"}].",
                    unset = "none")
            @Nullable
            Path webhooks) {
        /** Copies what may change. */
        public AddressOptions {
            allowHost = List.copyOf(allowHost);
            allowAddress = List.copyOf(allowAddress);
        }
    }

    /** Checks ranges. */
    public ServeOptions {
        models = Map.copyOf(models);
        AllowedAddresses.of(addresses.allowAddress());
        if (models.isEmpty()) {
            throw new InputException("models is empty but align serve needs one at least; write --models NAME=DIR.");
        }
        if (listening.port() < 0 || listening.port() > 65535) {
            throw new InputException("port is " + listening.port() + " but must be 0 to 65535; 0 takes a free one.");
        }
        InputException.requireAtLeast(1, "workers", workers, "");
        InputException.requireAtLeast(1, "max-queue", limits.maxQueue(), "");
        InputException.requireAtLeast(1, "idle", idle, "600 is usual");
        if (limits.tokensPerMinute() != null) {
            InputException.requireAtLeast(
                    1, "tokens-per-minute", limits.tokensPerMinute(), "leave it out for any number");
        }
        if (limits.keyTokensPerMinute() != null) {
            InputException.requireAtLeast(
                    1, "key-tokens-per-minute", limits.keyTokensPerMinute(), "leave it out for any number");
        }
        if (limits.quota() != null && limits.quota() < 1) {
            throw new InputException(
                    "quota is " + limits.quota() + " but must be 1 byte or more; leave it out for none.");
        }
    }
}
