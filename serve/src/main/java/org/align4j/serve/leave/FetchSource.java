package org.align4j.serve.leave;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.InputException;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/** A hosted service that files, jobs and models are fetched from, by its API's paths. */
public enum FetchSource {
    /** OpenAI, or whatever speaks its API; the base address ends in {@code /v1}. */
    OPENAI("https://api.openai.com/v1", "/files", "/fine_tuning/jobs", "/models", true),
    /** Together; the base address has no {@code /v1}, as its client's has none. */
    TOGETHER("https://api.together.ai", "/v1/files", "/v1/fine-tunes", "/v1/models", false);

    private final String usual;
    private final String files;
    private final String jobs;
    private final String models;
    private final boolean paged;

    FetchSource(String usual, String files, String jobs, String models, boolean paged) {
        this.usual = usual;
        this.files = files;
        this.jobs = jobs;
        this.models = models;
        this.paged = paged;
    }

    /**
     * Returns the source that a service is.
     *
     * @throws InputException where jobs of this service can't be fetched
     */
    public static FetchSource of(Service service) {
        return switch (service) {
            case OPENAI -> OPENAI;
            case TOGETHER -> TOGETHER;
            default ->
                throw new InputException(
                        "from is " + service.word()
                                + ", whose jobs can't be fetched; openai and together can. Others' documents, once saved, can be imported.");
        };
    }

    String files() {
        return files;
    }

    String jobs() {
        return jobs;
    }

    String models() {
        return models;
    }

    /** Returns whether lists come in pages. */
    boolean paged() {
        return paged;
    }

    /** Returns whether a job in this state stays as it is. */
    boolean ends(String status) {
        Set<String> ends = switch (this) {
            case OPENAI -> Set.of("succeeded", "failed", "cancelled");
            case TOGETHER -> Set.of("completed", "error", "user_error", "cancelled");
        };
        return ends.contains(status);
    }

    /** Returns the environment variable that holds the key. */
    public String keyVariable() {
        return name() + "_API_KEY";
    }

    /**
     * Returns the address to ask: the one given, else the one of the environment, else the service's own.
     *
     * @throws InputException where it is no address
     */
    public URI base(@Nullable String given, Map<String, String> environment) {
        String variable = name() + "_BASE_URL";
        String named = given != null ? given : environment.getOrDefault(variable, usual);
        String is = (given != null ? "base-url" : variable) + " is " + AddressSecrets.ofAddress(named);
        if (AddressSecrets.hasUser(named) || named.contains("?") || named.contains("#")) {
            throw new InputException(is + ", which holds more than an address; give the key as " + keyVariable() + ".");
        }
        try {
            URI base = URI.create(named.endsWith("/") ? named.substring(0, named.length() - 1) : named);
            if (WebClient.reaches(base)) {
                return base;
            }
        } catch (IllegalArgumentException e) {
            throw new InputException(is + ", which is no address; such as " + usual + ".", e);
        }
        throw new InputException(is + ", which is no address of http or https with a host; such as " + usual + ".");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
