import cf from 'cloudfront';
import crypto from 'crypto';

// Lets named renditions pass, and what is made on demand only with a signature: the parameter s, the
// first 32 digits of the HMAC-SHA256 of the path as it was sent. The store has one or two keys under
// the name that `edge.KEYS` has too, with a space between.
async function handler(event) {
    var request = event.request;
    var found = address(request);
    if (found.problem) {
        return refuse(400, 'Bad Request', found.problem);
    }
    if (found.made) {
        var keys = await cf.kvs().get('keys');
        if (!signed(request, keys.split(' '))) {
            return refuse(403, 'Forbidden', 'the parameter s must be the signature of this address');
        }
    }
    request.uri = found.uri;
    return request;
}

// Whether any of the keys has signed the path. Every key is tried, and every digit compared, so that
// the time tells nothing.
function signed(request, keys) {
    var given = request.querystring.s ? request.querystring.s.value : '';
    var right = false;
    keys.forEach(function (key) {
        var hmac = crypto.createHmac('sha256', key).update(request.uri).digest('hex');
        right = same(hmac.slice(0, 32), given) || right;
    });
    return right;
}

function same(expected, given) {
    var difference = given.length === expected.length ? 0 : 1;
    for (var i = 0; i < expected.length; i++) {
        difference += expected.charAt(i) === given.charAt(i) ? 0 : 1;
    }
    return difference === 0;
}
