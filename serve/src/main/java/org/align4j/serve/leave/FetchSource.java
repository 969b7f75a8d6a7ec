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
    OPENAI("https://api.openai.com/v1", "/files", "/fine_tuning/jobs", "/models", true, Set.of("succeeded", "failed", "cancelled")),
    /** Together; the base address has no {@code /v1}, as its client's has none. */
    TOGETHER(
            "https://api.together.ai",
            "/v1/files",
            "/v1/fine-tunes",
            "/v1/models",
            false,
            Set.of("completed", "error", "user_error", "cancelled"));

    private final String usual;
    private final String files;
    private final String jobs;
    private final String models;
    private final boolean paged;
    private final Set<String> ends;

    FetchSource(String usual, String files, String jobs, String models, boolean paged, Set<String> ends) {
        this.usual = usual;
        this.files = files;
        this.jobs = jobs;
        this.models = models;
        this.paged = paged;
        this.ends = ends;
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

    /** Tells whether lists come in pages. */
    boolean paged() {
        return paged;
    }

    /** Tells whether a job in this state stays as it is. */
    boolean ends(String status) {
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
