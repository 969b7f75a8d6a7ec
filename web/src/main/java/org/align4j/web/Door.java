package org.align4j.web;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.align4j.core.files.Json;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What each request passes before a route sees it: its id, the headers of every answer, the count of requests, hosts and origins. */
final class Door extends Handler.Wrapper {
    /** The header that names a request, in its answer and in what is logged of it. */
    static final String ID = "x-request-id";

    private static final int BUSY_SECONDS = 2;

    private static final Map<String, String> EVERYWHERE = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cross-Origin-Opener-Policy",
            "same-origin");

    private final Supplier<Strangers> strangers;
    private final Semaphore free;
    private final Set<Connection> inside = ConcurrentHashMap.newKeySet();
    private final BiFunction<String, Refusal, Object> told;

    /**
     * A door.
     *
     * @param strangers who is one; known once the port is
     * @param requests that may be inside at a time
     * @param told gets the document that says a refusal below a path
     */
    Door(Supplier<Strangers> strangers, int requests, BiFunction<String, Refusal, Object> told) {
        this.strangers = strangers;
        this.free = new Semaphore(requests);
        this.told = told;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        response.getHeaders().put(ID, FreshId.fresh("req_"));
        EVERYWHERE.forEach(response.getHeaders()::put);
        if (!free.tryAcquire()) {
            refuse(
                    request,
                    response,
                    callback,
                    Refusal.busy(
                            503, "The server answers as many requests as it can; come back shortly.", BUSY_SECONDS));
            return true;
        }
        Connection connection = request.getConnectionMetaData().getConnection();
        inside.add(connection);
        request.setAttribute(ClientWatch.CONNECTION, connection);
        Callback leaving = Callback.from(callback, () -> {
            inside.remove(connection);
            free.release();
        });
        try {
            checkSender(request);
        } catch (Refusal refusal) {
            refuse(request, response, leaving, refusal);
            return true;
        }
        if (!super.handle(request, response, leaving)) {
            refuse(request, response, leaving, new Refusal(404, "Nothing is here."));
        }
        return true;
    }

    /** Returns whether a request is running on a connection. */
    boolean isInside(Connection connection) {
        return inside.contains(connection);
    }

    private void checkSender(Request request) {
        String mode = request.getHeaders().get("Sec-Fetch-Mode");
        strangers
                .get()
                .check(
                        request.getHeaders().get(HttpHeader.HOST),
                        request.getHeaders().get(HttpHeader.ORIGIN),
                        request.getHeaders().get("Sec-Fetch-Site"),
                        "navigate".equals(mode) && "GET".equals(request.getMethod()));
    }

    /** Answers a request that no route sees. */
    private void refuse(Request request, Response response, Callback callback, Refusal refusal) {
        write(response, callback, refusal, told.apply(Request.getPathInContext(request), refusal));
    }

    private static void write(Response response, Callback callback, Refusal refusal, Object document) {
        response.setStatus(refusal.status());
        refusal.headers().forEach(response.getHeaders()::put);
        response.getHeaders().put(new HttpField(HttpHeader.CONTENT_TYPE, "application/json"));
        response.write(true, ByteBuffer.wrap(Json.bytes(document)), callback);
    }

    /** Answers what Jetty refused by itself: a request that isn't HTTP, headers that are too long. */
    boolean tell(Request request, Response response, Callback callback) {
        int status = response.getStatus() < 400 ? 500 : response.getStatus();
        String message = switch (status) {
            case 431, 414 -> "The request's line and headers are too long; send fewer and shorter ones.";
            case 503 -> "The server is ending; come back shortly.";
            default ->
                status >= 500
                        ? "The server couldn't answer the request; its log says more."
                        : "The request can't be read as HTTP, or names nothing that is here.";
        };
        if (response.getHeaders().get(ID) == null) {
            response.getHeaders().put(ID, FreshId.fresh("req_"));
        }
        refuse(request, response, callback, new Refusal(status, message));
        return true;
    }
}
