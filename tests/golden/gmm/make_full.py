"""Fits of scikit-learn's GaussianMixture with covariance_type='full' to every third case of gmm_cases.npz -> full_cases.npz.

The call is MMDetection's: two components, initial means at the least and the largest loss, weights 0.5, precisions 1, and
float32 samples. Made with scikit-learn 1.2.1 and NumPy 1.24.2. Per sample: score (log density of the mixture) and log_odds
(log joint density of component 0 minus that of component 1)."""
import os
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

HERE = os.path.dirname(os.path.abspath(__file__))


def fit(losses):
    samples = losses.reshape(-1, 1)
    mixture = GaussianMixture(
        2, covariance_type="full", weights_init=np.array([0.5, 0.5]), precisions_init=np.ones((2, 1, 1)),
        means_init=np.array([losses.min(), losses.max()]).reshape(2, 1), random_state=0)
    mixture.fit(samples)
    joint = mixture._estimate_weighted_log_prob(samples)
    return mixture, mixture.score_samples(samples), joint[:, 0] - joint[:, 1]


def main():
    warnings.simplefilter("ignore")                             # of fits that do not converge, and of k-means on equal points
    cases = np.load(os.path.join(HERE, "gmm_cases.npz"))
    names = ("losses", "weights", "means", "variances", "n_iter", "converged", "score", "log_odds")
    out = {name: [] for name in names}
    lengths = []
    for i in range(0, len(cases["offsets"]) - 1, 3):
        losses = cases["losses"][cases["offsets"][i]:cases["offsets"][i + 1]]
        mixture, score, log_odds = fit(losses)
        lengths.append(len(losses))
        row = (losses, mixture.weights_, mixture.means_.ravel(), mixture.covariances_.ravel(), [mixture.n_iter_],
               [int(mixture.converged_)], score, log_odds)
        for name, values in zip(names, row):
            out[name].append(np.asarray(values))
    arrays = {name: np.concatenate(values) for name, values in out.items()}
    np.savez_compressed(os.path.join(HERE, "full_cases.npz"), offsets=np.cumsum([0] + lengths), **arrays)


if __name__ == "__main__":
    main()
