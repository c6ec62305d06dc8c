// Runs in CloudFront for every request under /i/, in njs: write it in ECMAScript 5.1
// (tests/edge/test_dialect.py). `edge.negotiation` replaces the value of FORMATS.

// The media type and extension of each format, the preferred first. The last is for viewers that
// name none of them.
var FORMATS = [['image/avif', 'avif'], ['image/jpeg', 'jpg']];

// The address of a rendition without a format. No file lies there.
var NEGOTIATED = /^\/i\/[0-9a-f]{32}\/[0-9a-f]{16}\/[a-z0-9][a-z0-9,-]*$/;

// A quality of zero means that a format is not acceptable.
var REFUSED = /^\s*q\s*=\s*0(\.0*)?\s*$/i;

function handler(event) {
    var request = event.request;
    if (NEGOTIATED.test(request.uri)) {
        request.uri += '.' + extension(accepted(request.headers.accept));
    }
    return request;
}

// The media types that an Accept header names. Ranges such as */* name none, as viewers send them
// that do not know the newer formats.
function accepted(header) {
    var types = {};
    var lines = header ? header.multiValue || [header] : [];
    lines.forEach(function (line) {
        line.value.split(',').forEach(function (range) {
            var parts = range.split(';');
            var refused = parts.slice(1).some(function (part) {
                return REFUSED.test(part);
            });
            if (!refused) {
                types[parts[0].trim().toLowerCase()] = true;
            }
        });
    });
    return types;
}

function extension(types) {
    for (var i = 0; i < FORMATS.length; i++) {
        if (types[FORMATS[i][0]] === true) {
            return FORMATS[i][1];
        }
    }
    return FORMATS[FORMATS.length - 1][1];
}
