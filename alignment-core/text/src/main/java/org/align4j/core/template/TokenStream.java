package org.align4j.core.template;

import java.util.List;

/** The tokens of a template, and where the parser is in them. */
final class TokenStream {
    private final List<Token> tokens;
    private int at;

    public TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    public Token current() {
        return tokens.get(at);
    }

    public Token look() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    public Token next() {
        Token token = tokens.get(at);
        at = Math.min(at + 1, tokens.size() - 1);
        return token;
    }

    public boolean skipName(String name) {
        boolean there = current().isName(name);
        if (there) {
            next();
        }
        return there;
    }

    public boolean skipOperator(String operator) {
        boolean there = current().isOperator(operator);
        if (there) {
            next();
        }
        return there;
    }

    public void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw fail("expected '" + operator + "', got " + current().shown());
        }
    }

    public void expectName(String name) {
        if (!skipName(name)) {
            throw fail("expected '" + name + "', got " + current().shown());
        }
    }

    public Token expect(Token.Type type, String described) {
        if (!current().is(type)) {
            throw fail("expected " + described + ", got " + current().shown());
        }
        return next();
    }

    public TemplateException fail(String reason) {
        return fail(reason, current());
    }

    public TemplateException fail(String reason, Token token) {
        return new TemplateException("TemplateSyntaxError", reason, token.line(), token.column());
    }
}
