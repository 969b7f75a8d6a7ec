package org.align4j.serve.fireworks;

import static org.align4j.serve.door.Standing.HERE;
import static org.align4j.serve.door.Standing.OTHER;
import static org.align4j.serve.door.Standing.REFUSED;

import io.javalin.config.RoutesConfig;
import java.util.ArrayList;
import java.util.List;
import org.align4j.serve.door.Endpoint;

/** What becomes of the endpoints of Fireworks' that fine-tuning and chats touch: the table that the documentation shows. */
final class FireworksEndpoints {
    private static final String PAGES =
            "pageSize, pageToken, filter (FIELD=VALUE, !=, AND), orderBy; readMask is refused";
    private static final String AT_ONCE = "A tuned model answers at once; nothing has to be deployed.";
    private static final String NO_REINFORCEMENT = "Reinforcement isn't served by this door; /v1 has graders.";

    /** All endpoints, below {@code /fireworks/v1}; {@code /accounts/A} is {@code …}. */
    static final List<Endpoint> TABLE = table();

    private FireworksEndpoints() {}

    private static List<Endpoint> table() {
        String a = "/accounts/{account}";
        List<Endpoint> all = new ArrayList<>();
        all.add(new Endpoint("GET", "/accounts", OTHER, "one: the key's project"));
        all.add(new Endpoint("GET", a, OTHER, "any name, shown again; the key decides whose things are seen"));
        String d = a + "/datasets";
        all.add(new Endpoint("POST", d, HERE, "fields below"));
        all.add(new Endpoint("GET", d, HERE, PAGES));
        all.add(new Endpoint("GET", d + "/{id}", HERE, ""));
        all.add(new Endpoint("PATCH", d + "/{id}", HERE, "displayName"));
        all.add(new Endpoint(
                "DELETE", d + "/{id}", OTHER, "gone for clients at once; a job that began keeps its rows to its end"));
        all.add(new Endpoint("POST", d + "/{id}:upload", HERE, "512 MB; a second upload takes the place of the first"));
        all.add(new Endpoint("POST", d + "/{id}:getUploadEndpoint", HERE, "one file; PUT its bytes within an hour"));
        all.add(new Endpoint("POST", d + "/{id}:validateUpload", HERE, ""));
        all.add(new Endpoint("GET", d + "/{id}:getDownloadEndpoint", HERE, "for an hour"));
        for (FireworksFields.Sort sort : FireworksFields.Sort.values()) {
            String j = a + "/" + sort.path();
            all.add(new Endpoint("POST", j, HERE, "fields below; the id in the query is the client's"));
            all.add(new Endpoint("GET", j, HERE, PAGES + "; the newest 10,000"));
            all.add(new Endpoint("GET", j + "/{id}", HERE, ""));
            all.add(new Endpoint("DELETE", j + "/{id}", OTHER, "a job that ended, with its model"));
            all.add(new Endpoint("POST", j + "/{id}:cancel", HERE, ""));
            all.add(new Endpoint("POST", j + "/{id}:resume", OTHER, "a job that another door paused"));
            all.add(new Endpoint(
                    "GET", j + "/{id}:getMetricsFileEndpoint", OTHER, "a CSV of the steps' figures, for an hour"));
        }
        all.add(new Endpoint("GET", a + "/models", HERE, PAGES));
        all.add(new Endpoint("GET", a + "/models/{id}", HERE, "without contextLength"));
        all.add(new Endpoint("DELETE", a + "/models/{id}", HERE, "tuned ones"));
        all.add(new Endpoint(
                "POST", "/chat/completions", HERE, "fields below; model is answered by its name in all doors"));
        all.add(new Endpoint(
                "POST", "/completions", REFUSED, "Ask for a chat, or for a completion at /v1/completions."));
        all.add(new Endpoint("POST", a + "/models", REFUSED, "Models aren't uploaded; name them in --models."));
        all.add(new Endpoint("POST", a + "/deployments", REFUSED, AT_ONCE));
        all.add(new Endpoint("GET", a + "/deployments", REFUSED, AT_ONCE));
        all.add(new Endpoint("POST", a + "/deployedModels", REFUSED, AT_ONCE));
        all.add(new Endpoint("GET", a + "/deployedModels", REFUSED, AT_ONCE));
        all.add(new Endpoint("POST", a + "/reinforcementFineTuningJobs", REFUSED, NO_REINFORCEMENT));
        all.add(new Endpoint("GET", a + "/reinforcementFineTuningJobs", REFUSED, NO_REINFORCEMENT));
        all.add(new Endpoint(
                "POST", a + "/batchInferenceJobs", REFUSED, "Batches of this door aren't served; /v1/batches are."));
        return List.copyOf(all);
    }

    /** Adds handlers that say why an endpoint is refused. */
    static void mountRefusals(RoutesConfig routes) {
        Endpoint.mountRefusals(routes, TABLE, path -> Fireworks.ROOT + path, "UNIMPLEMENTED");
    }
}
