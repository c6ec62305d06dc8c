// What CloudFront does with every request under /i/, in njs: write it in ECMAScript 5.1
// (tests/edge/test_dialect.py). `edge.negotiation` replaces the values of the first five variables,
// and appends the handler of open.js or signed.js. The rules for names are those of `pipeline.demand`.

// The media type and extension of each format, the preferred first. The last is for viewers that
// name none of them.
var FORMATS = [['image/avif', 'avif'], ['image/jpeg', 'jpg']];

// The extensions of what is made on demand.
var MADE = ['avif', 'jpg'];

// The steps of the ladder, ascending.
var SIZES = [320, 640];

// What an address may ask a crop to keep.
var FOCI = ['centre', 'salient'];

// The name and width of each preset, and whether an address may ask for another width.
var PRESETS = [['card', 640, true]];

var ADDRESS = /^(\/i\/[0-9a-f]{32}\/[0-9a-f]{16}\/)([a-z0-9][a-z0-9,-]*)(\.[a-z0-9]+)?$/;
var NAMED = /^[a-z][a-z0-9-]{0,31}$/;
var SIZE = /^([1-9][0-9]{0,4})(x([1-9][0-9]{0,4}))?$/;
var DPR = /^([123])x$/;
var FIT = /^(inside|cover)$/;
var FOCUS = /^(centre|salient|faces)$/;
var WRITTEN = /^\.(avif|jpg|webp)$/;

// A quality of zero means that a format is not acceptable.
var REFUSED = /^\s*q\s*=\s*0(\.0*)?\s*$/i;

// The path that a request is passed on with, and whether it is made on demand, or what is wrong with
// the one that it has.
function address(request) {
    var parts = ADDRESS.exec(request.uri);
    if (!parts) {
        return { problem: 'there is no such address' };
    }
    var found = canonical(parts[2]);
    if (found.problem) {
        return found;
    }
    var extension = parts[3] || '.' + negotiated(accepted(request.headers.accept));
    if (found.made ? MADE.indexOf(extension.slice(1)) < 0 : !WRITTEN.test(extension)) {
        return { problem: wrong(extension, 'one of .' + MADE.join(', .') + ', or left out') };
    }
    return { uri: parts[1] + found.name + extension, made: found.made };
}

function refuse(status, description, problem) {
    return {
        statusCode: status,
        statusDescription: description,
        headers: {
            'content-type': { value: 'text/plain; charset=utf-8' },
            'cache-control': { value: 'public, max-age=60' },
            'x-content-type-options': { value: 'nosniff' }
        },
        body: problem + '\n'
    };
}

// The one form of a name, and whether it is made on demand, or what is wrong with it.
function canonical(name) {
    if (NAMED.test(name)) {
        return { name: name, made: preset(name) !== null };
    }
    var words = {};
    var problem = '';
    name.split(',').forEach(function (word) {
        var kind = kindOf(word);
        if (!kind) {
            problem = problem || wrong(word, 'a size, 1x to 3x, a fit, a focus or a preset');
        } else if (words[kind]) {
            problem = problem || wrong(word, 'left out: ' + words[kind] + ' is given already');
        }
        words[kind] = word;
    });
    if (problem) {
        return { problem: problem };
    }
    return words.preset ? ofPreset(preset(words.preset), words) : ofSize(words);
}

function kindOf(word) {
    if (preset(word)) {
        return 'preset';
    }
    var kinds = [['size', SIZE], ['dpr', DPR], ['fit', FIT], ['focus', FOCUS]];
    for (var i = 0; i < kinds.length; i++) {
        if (kinds[i][1].test(word)) {
            return kinds[i][0];
        }
    }
    return '';
}

function ofPreset(own, words) {
    if (words.fit || words.focus) {
        return { problem: wrong(words.fit || words.focus, 'left out beside ' + own[0]) };
    }
    var size = words.size ? sides(words.size) : [own[1], own[1]];
    if (size[0] !== size[1]) {
        return { problem: wrong(words.size, 'a width alone beside ' + own[0]) };
    }
    var width = size[0] * dpr(words);
    if (width === own[1]) {
        return { name: own[0], made: true };
    }
    if (!own[2]) {
        return { problem: wrong(width, 'left out beside ' + own[0]) };
    }
    var step = up(width);
    if (!step) {
        return { problem: wrong(width, 'at most ' + largest()) };
    }
    return { name: step === own[1] ? own[0] : step + ',' + own[0], made: true };
}

function ofSize(words) {
    if (!SIZES.length) {
        return { problem: 'an address must be the name of a rendition or preset' };
    }
    if (!words.size) {
        return { problem: 'an address must have a size, like 640' };
    }
    var size = sides(words.size);
    var width = up(size[0] * dpr(words));
    var height = up(size[1] * dpr(words));
    if (!width || !height) {
        return { problem: wrong(words.size, 'at most ' + largest() + ' after its dpr') };
    }
    var focus = words.focus || 'centre';
    var name = width === height ? '' + width : width + 'x' + height;
    if (words.fit !== 'cover') {
        return focus === 'centre' ? { name: name, made: true }
            : { problem: wrong(focus, 'left out without cover') };
    }
    if (FOCI.indexOf(focus) < 0) {
        return { problem: wrong(focus, 'one of ' + FOCI.join(', ')) };
    }
    return { name: name + ',cover' + (focus === 'centre' ? '' : ',' + focus), made: true };
}

function wrong(word, rule) {
    return word + ' must be ' + rule;
}

function preset(name) {
    for (var i = 0; i < PRESETS.length; i++) {
        if (PRESETS[i][0] === name) {
            return PRESETS[i];
        }
    }
    return null;
}

function sides(size) {
    var parts = SIZE.exec(size);
    return [+parts[1], +(parts[3] || parts[1])];
}

function dpr(words) {
    return words.dpr ? +words.dpr.slice(0, 1) : 1;
}

function largest() {
    return SIZES[SIZES.length - 1];
}

// The next step of the ladder; 0 above it.
function up(side) {
    for (var i = 0; i < SIZES.length; i++) {
        if (side <= SIZES[i]) {
            return SIZES[i];
        }
    }
    return 0;
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

function negotiated(types) {
    for (var i = 0; i < FORMATS.length; i++) {
        if (types[FORMATS[i][0]] === true) {
            return FORMATS[i][1];
        }
    }
    return FORMATS[FORMATS.length - 1][1];
}
