package org.align4j.serve.door;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;
import java.util.List;
import java.util.function.UnaryOperator;
import org.align4j.web.Refusal;

/**
 * An endpoint of a hosted service: a line of the table that a door's page shows.
 *
 * @param method of HTTP
 * @param path with its parameters in braces
 * @param standing whether it is here
 * @param status of a refusal; 200 otherwise
 * @param says what is to know, or why it is refused
 */
public record Endpoint(String method, String path, Standing standing, int status, String says) {
    private static final int GRANTED = 200;
    private static final int NOT_FOUND = 404;

    /** Names an endpoint, which isn't found where it is refused. */
    public Endpoint(String method, String path, Standing standing, String says) {
        this(method, path, standing, standing == Standing.REFUSED ? NOT_FOUND : GRANTED, says);
    }

    /**
     * Adds handlers that say why endpoints of a table are refused.
     *
     * @param place returns where a path of the table is mounted
     * @param code of the refusals
     */
    public static void mountRefusals(
            RoutesConfig routes, List<Endpoint> table, UnaryOperator<String> place, String code) {
        for (Endpoint endpoint : table) {
            if (endpoint.standing == Standing.REFUSED) {
                Handler refusing = ctx -> {
                    throw new Refusal(endpoint.status, endpoint.says).about(null, code);
                };
                String path = place.apply(endpoint.path);
                switch (endpoint.method) {
                    case "GET" -> routes.get(path, refusing);
                    case "DELETE" -> routes.delete(path, refusing);
                    case "PUT" -> routes.put(path, refusing);
                    default -> routes.post(path, refusing);
                }
            }
        }
    }
}
