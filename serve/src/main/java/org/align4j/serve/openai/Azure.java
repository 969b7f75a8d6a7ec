package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.door.OpenAiErrors;
import org.align4j.serve.job.JobRequest;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;

/**
 * Azure's {@code /openai}: OpenAI's handlers below Azure's paths, with its version in the query, its deployments and its tiers. A deployment is a
 * model by its name.
 *
 * @param access lets callers in, who send {@code api-key}
 * @param openAi whose handlers answer
 */
public record Azure(Access access, OpenAi openAi) implements Routes {
    /** The door's name, which its jobs carry. */
    static final String DOOR = "azure";

    static final FieldTable TABLE = FieldTable.read(Azure.class, "job-fields.tsv", DOOR);

    private static final String PREFIX = "/openai";
    private static final String VERSION = "api-version";
    private static final String TIER = "trainingType";
    private static final Pattern VERSIONS = Pattern.compile("\\d{4}-\\d{2}-\\d{2}(-preview)?");
    private static final List<String> TIERS =
            List.of("standard", "global", "globalstandard", "developer", "developertier");

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public Object refused(Refusal refusal) {
        return OpenAiErrors.document(refusal);
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.before(PREFIX + "/*", access::identify);
        routes.before(PREFIX + "/*", Azure::requireVersion);
        openAi.mount(routes, PREFIX, DOOR);
        openAi.mount(routes, PREFIX + OpenAi.ROOT, DOOR);
        // Names may hold slashes.
        openAi.chats().mount(routes, PREFIX + "/deployments/<deployment>", Azure::deployed);
    }

    /** Refuses a request without a version that Azure could have; below {@code /openai/v1} none is needed. */
    private static void requireVersion(Context ctx) {
        String version = ctx.queryParam(VERSION);
        boolean next = ctx.path().startsWith(PREFIX + OpenAi.ROOT + "/");
        if (next && (version == null || version.equals("preview") || version.equals("latest"))) {
            return;
        }
        if (version == null || !VERSIONS.matcher(version).matches()) {
            throw Asked.refusal(
                    "api-version is '" + Shortened.of(String.valueOf(version))
                            + "'; give ?api-version= a date such as 2025-04-01-preview or 2024-10-21, all of which are answered alike, or"
                            + " call /openai/v1, which needs none.",
                    VERSION,
                    "invalid_api_version");
        }
    }

    /** Whether a request came in by this door with its version in the query. */
    static boolean isVersion(Context ctx, String parameter) {
        return parameter.equals(VERSION) && ctx.path().startsWith(PREFIX + "/");
    }

    /** Returns a request for a chat with the deployment of its path as the model. */
    private static JsonNode deployed(Context ctx, JsonNode request) {
        if (request instanceof ObjectNode fields) {
            fields.put("model", ctx.pathParam("deployment"));
        }
        return request;
    }

    /**
     * Takes the tier out of a request for a job.
     *
     * @return where the job came in by, with its tier; empty where none was given
     */
    static JobRequest.Origin origin(JsonNode request) {
        if (!(request instanceof ObjectNode fields)) {
            return new JobRequest.Origin(DOOR, Map.of());
        }
        String tier = Asked.request(request).text(TIER, 100);
        if (tier != null && !TIERS.contains(tier.toLowerCase(Locale.ROOT))) {
            throw Asked.refusal(
                    "Invalid value: '" + Shortened.of(tier)
                            + "'. Supported values are: 'Standard', 'GlobalStandard' and 'DeveloperTier'.",
                    TIER,
                    "invalid_value");
        }
        fields.remove(TIER);
        return new JobRequest.Origin(DOOR, tier == null ? Map.of() : Map.of(TIER, tier));
    }

    /** Returns what a job says of its tier. */
    static List<String> notes(JobRequest.Origin origin) {
        Object tier = origin.document().get(TIER);
        return tier == null ? List.of() : List.of(TABLE.field(TIER).told(tier, "") + ".");
    }
}
