// Original file: proto/behavioral_api.proto


export interface Prediction {
  'label'?: (string);
  'posterior'?: (string);
  'logit'?: (string);
  'score'?: (string);
  '_posterior'?: "posterior";
  '_logit'?: "logit";
  '_score'?: "score";
}

export interface Prediction__Output {
  'label': (string);
  'posterior'?: (string);
  'logit'?: (string);
  'score'?: (string);
  '_posterior'?: "posterior";
  '_logit'?: "logit";
  '_score'?: "score";
}
