"""tmp"""
def repairs(): 
    import grpc
    class W:
        def intercept_unary_unary(self, c, d, r): return c(d, r)
        def intercept_unary_stream(self, c, d, r): return c(d, r)
    grpc.UnaryUnaryClientInterceptor.register(W); grpc.UnaryStreamClientInterceptor.register(W)
    return W()
