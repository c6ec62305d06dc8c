// Runs in CloudFront for every request that is neither for a rendition nor for the API, in njs:
// write it in ECMAScript 5.1 (tests/edge/test_dialect.py).

// Every address of the page is served by its one document. Files alone have a dot in their names.
function handler(event) {
    var request = event.request;
    var name = request.uri.slice(request.uri.lastIndexOf('/') + 1);
    if (name.indexOf('.') < 0) {
        request.uri = '/index.html';
    }
    return request;
}
