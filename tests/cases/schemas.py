"""Checks outputs against their JSON Schemas, line by line.

    schemas.py docs/reference build/demo build/broken ..

For each warnings.jsonl, stops.jsonl, ... below one of the folders of outputs there is a schema
warning.schema.json, stop.schema.json, ...; summary.json is one object with summary.schema.json.
Members must also stand in the order in which the schema names them, so that equal outputs are equal
bytes. Fails too if a kind of output was never seen, so that a schema is never "checked" against
nothing. Schemas that are not of an output are only checked to be schemas.
"""
import json
import os
import sys

import jsonschema

OUTPUTS = {
    "warnings.jsonl": "warning", "stops.jsonl": "stop", "advice.jsonl": "advice",
    "decisions.jsonl": "decision", "receipts.jsonl": "receipt", "dead-letters.jsonl": "dead-letter",
    "shadow.jsonl": "shadow",
    "summary.json": "summary",
}
MISTAKES_SHOWN = 20


def load_schemas(folder):
    """{name: validator}, and the mistakes in the schemas themselves."""
    validators, mistakes = {}, []
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    for name in (n for n in names if n.endswith(".schema.json")):
        path = os.path.join(folder, name)
        try:
            with open(path, encoding="utf-8") as source:
                schema = json.load(source)
            kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
            kind.check_schema(schema)
            validators[name[:-len(".schema.json")]] = kind(schema)
        except (ValueError, jsonschema.SchemaError) as mistake:
            mistakes.append("%s: %s" % (path, str(mistake).splitlines()[0]))
    return validators, mistakes


def documents(path):
    """(line number, text) of each JSON text in the file."""
    with open(path, encoding="utf-8") as source:
        if path.endswith(".json"):
            yield 1, source.read()
        else:
            yield from enumerate(source, 1)


def check_file(path, validator):
    """(count of objects, mistakes)"""
    count, mistakes = 0, []
    for number, text in documents(path):
        count += 1
        try:
            found = json.loads(text)
            names = [name for name in validator.schema["properties"] if name in found]
            if [name for name in found if name in names] != names:
                mistakes.append("%s:%d: members in the order %s" % (path, number, ", ".join(found)))
            for mistake in validator.iter_errors(found):
                place = "/".join(str(step) for step in mistake.absolute_path)
                mistakes.append("%s:%d: %s: %s" % (path, number, place or "(whole)", mistake.message[:200]))
        except (TypeError, ValueError) as mistake:
            mistakes.append("%s:%d: not a JSON object: %s" % (path, number, mistake))
        if len(mistakes) >= MISTAKES_SHOWN:
            break
    return count, mistakes


def main():
    if len(sys.argv) < 3:
        print(__doc__.strip())
        return 2
    schemas, *outputs = sys.argv[1:]
    validators, mistakes = load_schemas(schemas)
    counts = {}
    for folder, _, names in (place for root in outputs for place in sorted(os.walk(root))):
        for name in sorted(set(names) & set(OUTPUTS)):
            if OUTPUTS[name] not in validators:
                continue
            count, found = check_file(os.path.join(folder, name), validators[OUTPUTS[name]])
            counts[name] = counts.get(name, 0) + count
            mistakes += found
    for name, schema in OUTPUTS.items():
        if schema not in validators:
            mistakes.append("%s/%s.schema.json: absent or no schema" % (schemas, schema))
        elif counts.get(name, 0) == 0:
            mistakes.append("%s: nothing in any %s, so its schema was not tried" % (", ".join(outputs), name))
    for mistake in mistakes[:MISTAKES_SHOWN]:
        print(mistake)
    print("schemas: %s; %d mistakes" % (", ".join("%s %d" % item for item in sorted(counts.items())),
                                        len(mistakes)))
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
